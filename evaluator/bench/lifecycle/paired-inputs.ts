import { TidemarkError } from '../../src/domain/errors.ts'
import { type Pool, type PoolMetric, type PoolPair, poolMean } from '../pool.ts'

/** What two runs answered to one input: 1 is good, NaN is missing. */
export type PairedInput = {
  readonly stratum: number
  /** Outcomes in the order of the metrics. */
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/**
 * The inputs that both runs answered, with the outcomes of the metrics that say good or bad.
 * @throws {TidemarkError} `recorded_data_invalid` where the recording does not say which input an item answers
 */
export function pairedInputs({ name, before, after }: PoolPair): PairedInput[] {
  const later = new Map(inputsOf(after, name).map((input, item) => [input, item]))
  return inputsOf(before, name).flatMap((input, item) => {
    const other = later.get(input)
    return other === undefined
      ? []
      : [{ stratum: before.strata[item]!, before: outcomes(before, item), after: outcomes(after, other) }]
  })
}

function outcomes(pool: Pool, item: number): number[] {
  return qualityOf(pool).map(({ values }) => values[item]!)
}

/** The metrics of a pool that say good or bad. */
export function qualityOf({ metrics }: Pool): PoolMetric[] {
  return metrics.filter(({ kind, isQuality }) => kind === 'binary' && isQuality)
}

/** How much the rate of a metric fell from the first run to the second: 0.04 is 4 points. */
export function lossOf(pair: PoolPair, metric: string): number {
  const mean = (pool: Pool): number => {
    const found = pool.metrics.find(({ name }) => name === metric)
    return found === undefined ? Number.NaN : poolMean(found)
  }
  return mean(pair.before) - mean(pair.after)
}

function inputsOf({ inputs, name: pool }: Pool, pair: string): readonly string[] {
  if (inputs === undefined)
    throw new TidemarkError(
      'recorded_data_invalid',
      `${pool} of ${pair} does not say which input each item answers.`,
      'Give recordings whose lines have case_id, as those of function-calls.',
    )
  return inputs
}
