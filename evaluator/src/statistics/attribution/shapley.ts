import { mergeMoments, NO_ITEMS } from '../daily/moments.ts'
import { StatisticsError } from '../statistics-error.ts'

export type ShapleyPart = {
  readonly mean: number
  /** Standard error over inputs; `null` with one input. */
  readonly error: number | null
}

/**
 * Shapley value of each of k changes from a factorial replay: all 2^k configurations on the same inputs (section 10,
 * Shapley 1953). The parts sum to the full change. Exact given the outcomes.
 * @param outcomes per configuration the outcome of every input; bit i of the index says that change i is applied
 */
export function shapley(outcomes: readonly (readonly number[])[]): ShapleyPart[] {
  const changes = Math.log2(outcomes.length)
  const inputs = outcomes[0]?.length ?? 0
  if (!Number.isInteger(changes) || inputs === 0 || outcomes.some((values) => values.length !== inputs))
    throw new StatisticsError(
      'statistics_argument_invalid',
      `A factorial replay needs 2^k configurations with the same inputs each; it has ${outcomes.length} of [${outcomes.map((values) => values.length).join(', ')}] outcomes.`,
    )
  return Array.from({ length: changes }, (_value, change) => {
    let moments = NO_ITEMS
    for (let input = 0; input < inputs; input++)
      moments = mergeMoments(moments, { n: 1, mean: valueOf(outcomes, input, change, changes), m2: 0 })
    const error = inputs > 1 ? Math.sqrt(moments.m2 / (inputs - 1) / inputs) : null
    return { mean: moments.mean, error }
  })
}

function valueOf(outcomes: readonly (readonly number[])[], input: number, change: number, changes: number): number {
  const bit = 1 << change
  let value = 0
  for (let others = 0; others < outcomes.length; others++) {
    if (others & bit) continue
    const size = bitCount(others)
    const weight = (factorial(size) * factorial(changes - size - 1)) / factorial(changes)
    value += weight * (outcomes[others | bit]![input]! - outcomes[others]![input]!)
  }
  return value
}

function bitCount(mask: number): number {
  let count = 0
  for (let rest = mask; rest > 0; rest >>= 1) count += rest & 1
  return count
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1)
}
