import { createHmac, createHash } from 'node:crypto'
import type { Example } from './example.ts'
import { textOf } from './asked-call.ts'

/** One distinct input of the population. `count`: how often it came. */
export type Candidate = Omit<Example, 'probability' | 'reference'> & { readonly reference?: unknown }

export type SampleRequest = {
  readonly size: number
  /** Same seed and population: same sample. */
  readonly seed: number
  readonly stratify: boolean
}

export type SegmentShare = {
  readonly segment: string
  /** Distinct inputs and how often they came. */
  readonly inputs: number
  readonly calls: number
  readonly sampled: number
  /** Of a distinct input of this segment. */
  readonly probability: number
}
export type DrawnSample = { readonly examples: readonly Example[]; readonly segments: readonly SegmentShare[] }

/**
 * Joins what is the same input after normalisation: by its keyed hash where the agent sent one, else by its text with white
 * space and case levelled. The first one stands for all.
 */
export function collapseDuplicates(found: readonly Candidate[]): Candidate[] {
  const byInput = new Map<string, Candidate>()
  for (const one of found) {
    const key = one.inputHash ?? levelled(one.input)
    const first = byInput.get(key)
    byInput.set(key, first === undefined ? one : { ...first, count: first.count + one.count })
  }
  return [...byInput.values()]
}

/**
 * Draws distinct inputs by the lowest keyed hash of their id: uniform, or stratified by segment. Stratified, every segment
 * gets its share of the inputs but at least 20 where it has them (STATISTICS §12), and each example says with which
 * probability it was drawn. Outliers are inputs like any other: nothing is left out for its length or rarity.
 */
export function drawSample(population: readonly Candidate[], { size, seed, stratify }: SampleRequest): DrawnSample {
  const segments = [...Map.groupBy(population, segmentOf)].toSorted(([a], [b]) => (a < b ? -1 : 1))
  const wanted = Math.min(size, population.length)
  const sizes = stratify
    ? allocation(
        segments.map(([, inputs]) => inputs.length),
        wanted,
      )
    : []
  const drawn = stratify
    ? segments.flatMap(([, inputs], i) => lowest(inputs, sizes[i] ?? 0, seed))
    : lowest(population, wanted, seed)
  const chosen = new Set(drawn.map(({ id }) => id))
  const shares = segments.map(([segment, inputs], i): SegmentShare => ({
    segment,
    inputs: inputs.length,
    calls: inputs.reduce((sum, { count }) => sum + count, 0),
    sampled: inputs.filter(({ id }) => chosen.has(id)).length,
    probability: stratify ? (sizes[i] ?? 0) / inputs.length : wanted / population.length,
  }))
  const probabilities = new Map(shares.map(({ segment, probability }) => [segment, probability]))
  const examples = drawn
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map((one) => ({ ...one, probability: probabilities.get(segmentOf(one)) ?? 1 }))
  return { examples, segments: shares }
}

export function segmentOf({ segment }: Pick<Candidate, 'segment'>): string {
  return segment ?? 'none'
}

const LEAST_OF_A_SEGMENT = 20

/** Whole numbers that sum to `size`: the least for every segment as far as it goes, the rest in proportion. */
function allocation(inputs: readonly number[], size: number): number[] {
  const least = Math.min(LEAST_OF_A_SEGMENT, Math.floor(size / Math.max(1, inputs.length)))
  const sizes = inputs.map((count) => Math.min(count, least))
  const total = inputs.reduce((sum, count) => sum + count, 0)
  for (let left = size - sizes.reduce((sum, count) => sum + count, 0); left > 0; left--) {
    // the segment that is furthest below its share, and has inputs left
    let next = -1
    let furthest = -Infinity
    for (const [i, count] of inputs.entries()) {
      const below = (count / total) * size - (sizes[i] ?? 0)
      if ((sizes[i] ?? 0) < count && below > furthest) [next, furthest] = [i, below]
    }
    if (next < 0) break
    sizes[next] = (sizes[next] ?? 0) + 1
  }
  return sizes
}

function lowest(inputs: readonly Candidate[], size: number, seed: number): Candidate[] {
  return inputs
    .map((one) => ({ one, hash: createHmac('sha256', `sample ${seed}`).update(one.id).digest('hex') }))
    .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, size)
    .map(({ one }) => one)
}

function levelled(input: unknown): string {
  const text = textOf(input).normalize('NFC').toLowerCase().replaceAll(/\s+/gu, ' ').trim()
  return createHash('sha256').update(text).digest('hex')
}
