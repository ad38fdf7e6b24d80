/**
 * How often a recorded model kept the form it was asked for, and how fast and how long it answered.
 *
 * Source: the Berkeley Function Calling Leaderboard's published outputs of 2024-08-11, prompt mode, the 600 cases of
 * the recordings that need a call (`runs.jsonl` names below). Only the figures are here, none of the outputs.
 * Shares are counts of 600; quantiles are those at 0, 5, ..., 100 %, linear between the ordered values, rounded to
 * milliseconds and hundredths. `evaluator/tests/demo/measured-rates.test.ts` counts every figure anew from the recordings.
 */
export type MeasuredModel = {
  /** The model as it was recorded; the demo's provider answers under this name. */
  readonly model: string
  /** Name of the run the figures were counted in. */
  readonly source: string
  readonly forms: Readonly<Record<AnswerForm, number>>
  /** Seconds. */
  readonly latencyQuantiles: readonly number[]
  /** Output tokens over the median of the model before. */
  readonly lengthQuantiles: readonly number[]
}

/**
 * `as_asked`: the form that was asked for and nothing else, right or wrong inside; `fenced`: in a code fence;
 * `other_structure`: data, but not in the structure asked for; `broken`: a syntax error, such as an unescaped quote.
 */
export type AnswerForm = 'as_asked' | 'fenced' | 'other_structure' | 'broken'

export const MODEL_BEFORE: MeasuredModel = {
  model: 'gpt-4o-2024-05-13',
  source: 'gpt-4o-2024-05-13@2024-08-11',
  forms: { as_asked: 516 / 600, fenced: 18 / 600, other_structure: 65 / 600, broken: 1 / 600 },
  latencyQuantiles: [
    0.3, 0.448, 0.484, 0.508, 0.536, 0.556, 0.574, 0.608, 0.638, 0.679, 0.718, 0.759, 0.795, 0.854, 0.915, 1.006, 1.125,
    1.279, 1.416, 1.76, 5.645,
  ],
  lengthQuantiles: [
    0.2, 0.51, 0.55, 0.63, 0.67, 0.71, 0.75, 0.82, 0.86, 0.92, 1, 1.06, 1.15, 1.45, 1.62, 1.92, 2.39, 2.79, 3.38, 4.16,
    6.39,
  ],
}

export const MODEL_AFTER: MeasuredModel = {
  model: 'gpt-4o-2024-08-06',
  source: 'gpt-4o-2024-08-06@2024-08-11',
  forms: { as_asked: 72 / 600, fenced: 525 / 600, other_structure: 3 / 600, broken: 0 },
  latencyQuantiles: [
    0.256, 0.446, 0.474, 0.499, 0.517, 0.537, 0.562, 0.583, 0.602, 0.642, 0.668, 0.702, 0.756, 0.814, 0.901, 0.994,
    1.149, 1.345, 1.565, 1.891, 7.643,
  ],
  lengthQuantiles: [
    0.04, 0.59, 0.67, 0.74, 0.78, 0.82, 0.9, 0.94, 0.98, 1.06, 1.14, 1.22, 1.29, 1.61, 1.88, 2.2, 2.55, 2.99, 3.54,
    4.87, 8.9,
  ],
}

/** A value between the quantiles, by a number in [0, 1). */
export function fromQuantiles(quantiles: readonly number[], position: number): number {
  const place = position * (quantiles.length - 1)
  const below = Math.floor(place)
  const low = quantiles[below] ?? 0
  const high = quantiles[below + 1] ?? low
  return low + (place - below) * (high - low)
}

/** The form at a number in [0, 1). */
export function formAt(forms: MeasuredModel['forms'], position: number): AnswerForm {
  let sum = 0
  for (const form of ['fenced', 'other_structure', 'broken'] as const) {
    sum += forms[form]
    if (position < sum) return form
  }
  return 'as_asked'
}
