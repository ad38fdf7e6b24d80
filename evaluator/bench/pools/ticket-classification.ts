import { z } from 'zod'
import { type Dataset, poolOf } from '../pool.ts'
import { readLines } from './json-lines.ts'
import { labelledPairs, type PairLine } from './labelled-pairs.ts'

const call = z.object({
  model: z.string(),
  prompt_variant: z.string(),
  temperature: z.number(),
  output: z.string().nullable(),
  correct: z.boolean(),
})
const run = z.object({
  /** Named where the folder holds more than one. */
  model: z.string().optional(),
  prompt_variant: z.string(),
  temperature: z.number(),
  official_correct: z.number(),
  official_total: z.number(),
})
type Run = z.infer<typeof run>
type Setting = Pick<Run, 'model' | 'prompt_variant' | 'temperature'>

/** The datasets with labelled pairs call 10 points a drift and less than 3 none; what lies between is not scored. */
const DRIFT = 0.1
const NO_DRIFT = 0.03

/**
 * Tickets sorted into categories; the label is a categorical metric. The recording names no pairs, so runs of two prompts
 * at one temperature, and of one prompt at two temperatures, are labelled by their official totals.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readTicketClassification(folder: string): Dataset {
  const calls = readLines(folder, 'calls.jsonl', call)
  const labels = [...new Set(calls.flatMap(({ output }) => (output === null ? [] : [output])))].sort()
  const hasModels = new Set(calls.map(({ model }) => model)).size > 1
  const nameOf = (one: Setting): string => `${hasModels ? `${one.model}/` : ''}${settingOf(one)}`
  const pools = [...Map.groupBy(calls, nameOf)].map(([name, items]) =>
    poolOf(
      name,
      1,
      [
        { name: 'correct', kind: 'binary', direction: 'higher-better', isQuality: true, categories: 0 },
        { name: 'label', kind: 'categorical', direction: 'none', isQuality: false, categories: labels.length },
      ],
      items.map(({ output, correct }) => ({
        stratum: 0,
        values: [correct ? 1 : 0, output === null ? null : labels.indexOf(output)],
      })),
    ),
  )
  const lines = pairLines(readLines(folder, 'runs.jsonl', run), nameOf)
  return {
    name: 'ticket-classification',
    runs: pools,
    pairs: labelledPairs(lines, (wanted) => pools.find(({ name }) => name === wanted)),
  }
}

function pairLines(runs: readonly Run[], nameOf: (run: Setting) => string): PairLine[] {
  return runs.flatMap((before, i) =>
    runs.slice(i + 1).flatMap((after) => {
      if (before.model !== after.model) return []
      const isSamePrompt = before.prompt_variant === after.prompt_variant
      const isSameTemperature = before.temperature === after.temperature
      if (isSamePrompt === isSameTemperature) return []
      const difference = Math.abs(
        after.official_correct / after.official_total - before.official_correct / before.official_total,
      )
      const quality = difference >= DRIFT ? 'drift' : difference < NO_DRIFT ? 'no-drift' : 'unclear'
      return [{ before: nameOf(before), after: nameOf(after), quality }]
    }),
  )
}

function settingOf({ prompt_variant, temperature }: Setting): string {
  return `${prompt_variant}/t${temperature.toFixed(1)}`
}
