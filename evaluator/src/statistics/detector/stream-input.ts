import {
  BINARY_COLUMNS,
  type BinaryCount,
  type BinCounts,
  type Moments,
  SCORE_COLUMNS,
} from '../daily/stratum-statistics.ts'
import { StatisticsError, type StatisticsErrorCode } from '../statistics-error.ts'
import type { StreamKind } from './effect-prior.ts'

/** Statistics of one run of one stream, an entry a stratum; missing trailing entries are empty strata. */
export type StreamBatch = readonly BinaryCount[] | readonly Moments[] | readonly BinCounts[]

/** Larger values would overflow when squared. */
const LARGEST_VALUE = 1e100
const LARGEST_COUNT = 2 ** 40

/** Where a batch comes from, for the message of an error. */
export type Origin = {
  readonly stream: string
  readonly code: StatisticsErrorCode
  readonly what: 'baseline' | 'batch'
}

/**
 * The batch as rows. Throws StatisticsError with the origin's code where a number is no count, not finite, or of another
 * kind of stream.
 */
export function readRows(kind: StreamKind, bins: number, batch: StreamBatch, origin: Origin): Float64Array {
  const columns = kind === 'binary' ? BINARY_COLUMNS : kind === 'score' ? SCORE_COLUMNS : bins
  const rows = new Float64Array(batch.length * columns)
  for (let stratum = 0; stratum < batch.length; stratum++) {
    const entry: BinaryCount | Moments | BinCounts = batch[stratum]!
    const refuse = (problem: string): never => {
      throw new StatisticsError(
        origin.code,
        `The ${origin.what} of stream "${origin.stream}", stratum ${stratum}: ${problem} Build it with the fold functions and leave missing scores out.`,
      )
    }
    const numbers = rowOf(kind, bins, entry, refuse)
    rows.set(numbers, stratum * columns)
  }
  return rows
}

type Refuse = (problem: string) => never

function rowOf(
  kind: StreamKind,
  bins: number,
  entry: BinaryCount | Moments | BinCounts,
  refuse: Refuse,
): readonly number[] {
  if (kind === 'binary') return 'x' in entry ? binaryRow(entry, refuse) : refuse('expected { n, x }.')
  if (kind === 'score') return 'm2' in entry ? scoreRow(entry, refuse) : refuse('expected { n, mean, m2 }.')
  return 'length' in entry ? shapeRow(entry, bins, refuse) : refuse('expected an array of bin counts.')
}

function binaryRow({ n, x }: BinaryCount, refuse: Refuse): readonly number[] {
  if (!isCount(n) || !isCount(x) || x > n) refuse(`n is ${n} and x is ${x}, but 0 <= x <= n must be whole numbers.`)
  return [n, x]
}

function scoreRow({ n, mean, m2 }: Moments, refuse: Refuse): readonly number[] {
  if (!isCount(n)) refuse(`n is ${n}, but it must be a whole number of at least 0.`)
  if (!(Math.abs(mean) <= LARGEST_VALUE)) refuse(`mean is ${mean}, but it must be a number within 1e100.`)
  if (!(m2 >= 0 && m2 <= LARGEST_VALUE * LARGEST_VALUE)) refuse(`m2 is ${m2}, but it must be from 0 to 1e200.`)
  return n === 0 ? [0, 0, 0] : [n, mean, m2]
}

function shapeRow(counts: BinCounts, bins: number, refuse: Refuse): readonly number[] {
  if (counts.length !== bins) refuse(`it has ${counts.length} bins where the stream has ${bins}.`)
  if (!counts.every(isCount))
    refuse(`the counts are [${counts.join(', ')}], but they must be whole numbers of at least 0.`)
  return counts
}

function isCount(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= LARGEST_COUNT
}
