import { StatisticsError } from '../statistics-error.ts'
import type { StreamDefinition } from './stream.ts'

const WEIGHT_SUM_ERROR = 1e-9

/**
 * The weights must sum to 1, or the evidence has no bound (section 6.2).
 * @throws StatisticsError `statistics_streams_invalid`, `statistics_weights_invalid`, `statistics_tolerance_invalid`
 */
export function requireStreams(streams: readonly StreamDefinition[]): void {
  if (streams.length === 0)
    throw new StatisticsError('statistics_streams_invalid', 'The detector has no stream: define at least one metric.')
  const names = new Set(streams.map(({ name }) => name))
  if (names.size < streams.length)
    throw new StatisticsError(
      'statistics_streams_invalid',
      `Two streams share a name: ${streams.map(({ name }) => name).join(', ')}.`,
    )
  let sum = 0
  for (const { name, weight, tolerance } of streams) {
    if (!(weight >= 0))
      throw new StatisticsError(
        'statistics_weights_invalid',
        `The weight of stream "${name}" is ${weight}: it must be at least 0.`,
      )
    if (!(tolerance >= 0 && tolerance < Infinity))
      throw new StatisticsError(
        'statistics_tolerance_invalid',
        `The tolerance of stream "${name}" is ${tolerance}: it must be a finite number of at least 0.`,
      )
    sum += weight
  }
  if (!(Math.abs(sum - 1) <= WEIGHT_SUM_ERROR))
    throw new StatisticsError(
      'statistics_weights_invalid',
      `The weights of the streams sum to ${sum}: they must sum to 1.`,
    )
}
