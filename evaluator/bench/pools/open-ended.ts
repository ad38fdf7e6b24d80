import { z } from 'zod'
import { type Dataset, type MetricDefinition, poolOf } from '../pool.ts'
import { readAnyLines, readLines } from './json-lines.ts'
import { labelledPairs } from './labelled-pairs.ts'

const output = z.object({
  model: z.string(),
  dataset: z.string(),
  output: z.string(),
  judgements: z.array(z.object({ judge: z.string(), win: z.number().nullable() })),
})
const pair = z.object({ before: z.string(), after: z.string(), judge: z.string(), quality: z.string() })

/** Fewer judged answers are no recording of a run. */
const LEAST_JUDGED = 100

const METRICS: readonly MetricDefinition[] = [
  { name: 'preference', kind: 'score', direction: 'higher-better', isQuality: true, categories: 0 },
  { name: 'length', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
  { name: 'list_lines', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
  { name: 'distinct_words', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
]

/**
 * Free-text answers with the preference of a judge; the stratum is the source of the prompt. A run is a model and a judge,
 * since preferences of different judges cannot be compared.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readOpenEnded(folder: string): Dataset {
  const outputs = readLines(folder, 'outputs.jsonl', output)
  const sources = [...new Set(outputs.map(({ dataset }) => dataset))].sort()
  const judged = outputs.flatMap((answer) => {
    const words = answer.output.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? []
    const values = [
      Math.log1p(answer.output.length),
      Math.log1p(answer.output.match(/^\s*(?:[-*•]|\d+[.)])\s/gmu)?.length ?? 0),
      words.length === 0 ? null : new Set(words).size / words.length,
    ]
    return answer.judgements.map(({ judge, win }) => ({
      run: runName(answer.model, judge),
      item: { stratum: sources.indexOf(answer.dataset), values: [win, ...values] },
    }))
  })
  const pools = [...Map.groupBy(judged, ({ run }) => run)]
    .filter(([, items]) => items.length >= LEAST_JUDGED)
    .map(([name, items]) =>
      poolOf(
        name,
        sources.length,
        METRICS,
        items.map(({ item }) => item),
      ),
    )
  const lines = readAnyLines(folder, 'pairs.jsonl', pair).map(({ before, after, judge, quality }) => ({
    before: runName(before, judge),
    after: runName(after, judge),
    quality,
  }))
  return {
    name: 'open-ended',
    runs: pools,
    pairs: labelledPairs(lines, (run) => pools.find(({ name }) => name === run)),
  }
}

function runName(model: string, judge: string): string {
  return `${model} by ${judge}`
}
