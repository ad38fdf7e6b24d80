import { z } from 'zod'
import { type Dataset, type MetricDefinition, poolOf } from '../pool.ts'
import { readAnyLines, readLines } from './json-lines.ts'
import { labelledPairs } from './labelled-pairs.ts'

const call = z.object({
  task: z.string(),
  model: z.string(),
  recorded_on: z.string(),
  prompting: z.string(),
  output: z.string(),
  valid_official: z.boolean(),
})
const pair = z.object({ before: z.string(), after: z.string(), quality: z.string() })

const METRICS: readonly MetricDefinition[] = [
  { name: 'valid', kind: 'binary', direction: 'higher-better', isQuality: true, categories: 0 },
  { name: 'length', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
]

/**
 * Answers in small JSON formats with the verdict whether they fit. The questions have no segments: one stratum.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readStructuredOutputs(folder: string): Dataset {
  const runs = [
    ...Map.groupBy(
      readLines(folder, 'calls.jsonl', call),
      ({ task, model, recorded_on, prompting }) => `${task}/${model}@${recorded_on}/${prompting}`,
    ),
  ].map(([name, items]) =>
    poolOf(
      name,
      1,
      METRICS,
      items.map((item) => ({ stratum: 0, values: [item.valid_official ? 1 : 0, Math.log1p(item.output.length)] })),
    ),
  )
  return {
    name: 'structured-outputs',
    runs,
    pairs: labelledPairs(readAnyLines(folder, 'pairs.jsonl', pair), (run) => runs.find(({ name }) => name === run)),
  }
}
