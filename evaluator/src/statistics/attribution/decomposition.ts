import type { Moments } from '../daily/stratum-statistics.ts'

/** One segment: items, mean and variance (with n - 1; 0 below two items). */
export type Segment = { readonly n: number; readonly mean: number; readonly variance: number }

export type Decomposition = {
  /** Change of the overall mean: mix + within + unseen + vanished + residual. */
  readonly total: number
  /** Change through the shares of the segments; `null` without a common segment, like the next and the errors. */
  readonly mix: number | null
  /** Change inside the segments. */
  readonly within: number | null
  readonly unseen: number
  readonly vanished: number
  /** What shrinkage leaves over; 0 for shrink = 0. */
  readonly residual: number
  readonly mixError: number | null
  readonly withinError: number | null
  /** Share of the items of each side that lie in common segments. */
  readonly commonShareBefore: number
  readonly commonShareAfter: number
  /**
   * The two parts of every segment, in the order given; 0 outside the common segments. A share that grew contributes by how
   * far its segment lies from the mean of the common part, so that growth of an average segment contributes nothing.
   */
  readonly segments: readonly { readonly mix: number; readonly within: number }[]
}

const SHRINK_ITEMS = 2

/** A segment from the moments of its items. Exact (section 10). */
export function segmentOf({ n, mean, m2 }: Moments): Segment {
  return { n, mean, variance: n < 2 ? 0 : m2 / (n - 1) }
}

/**
 * Splits the change of a mean into mix and within (Kitagawa 1955; equals the two-factor Shapley value), with segments
 * that only one side has apart (section 10). Identity exact, standard errors by the delta method.
 * @param before segments of the baseline
 * @param after the same segments now, same order and length
 * @param shrink pseudo-items that pull a segment mean to the mean of its side; 0 for the exact identity
 */
export function decompose(before: readonly Segment[], after: readonly Segment[], shrink = SHRINK_ITEMS): Decomposition {
  const all = before.map((segment, s) => ({ n0: segment.n, m0: segment.mean, v0: segment.variance, ...now(after[s]) }))
  const total = mean(all, 'n1', 'm1') - mean(all, 'n0', 'm0')
  const common = all.filter(({ n0, n1 }) => n0 > 0 && n1 > 0)
  if (common.length === 0) return disjoint(total, all.length)
  const items0 = sum(common, (s) => s.n0)
  const items1 = sum(common, (s) => s.n1)
  const c0 = mean(common, 'n0', 'm0')
  const c1 = mean(common, 'n1', 'm1')
  const parts = all.map((s) => {
    const isCommon = s.n0 > 0 && s.n1 > 0
    const p0 = isCommon ? s.n0 / items0 : 0
    const p1 = isCommon ? s.n1 / items1 : 0
    const m0 = isCommon ? (s.n0 * s.m0 + shrink * c0) / (s.n0 + shrink) : 0
    const m1 = isCommon ? (s.n1 * s.m1 + shrink * c1) / (s.n1 + shrink) : 0
    const variance = isCommon ? s.v0 / (s.n0 + shrink) + s.v1 / (s.n1 + shrink) : 0
    return { p0, p1, average: (m0 + m1) / 2, half: (m1 - m0) / 2, variance }
  })
  const centre = (c0 + c1) / 2
  const segments = parts.map(({ p0, p1, average, half }) => ({
    mix: p0 + p1 > 0 ? (p1 - p0) * (average - centre) : 0,
    within: half * (p0 + p1),
  }))
  const mix = sum(parts, (s) => (s.p1 - s.p0) * s.average)
  const within = sum(segments, (s) => s.within)
  const commonShareBefore = items0 / sum(all, (s) => s.n0)
  const commonShareAfter = items1 / sum(all, (s) => s.n1)
  const fresh = all.filter(({ n0, n1 }) => n1 > 0 && n0 <= 0)
  const gone = all.filter(({ n0, n1 }) => n0 > 0 && n1 <= 0)
  const unseen = fresh.length > 0 ? (1 - commonShareAfter) * (mean(fresh, 'n1', 'm1') - c1) : 0
  const vanished = gone.length > 0 ? -(1 - commonShareBefore) * (mean(gone, 'n0', 'm0') - c0) : 0
  const shareNoise = (gradient: (part: (typeof parts)[number]) => number): number =>
    multinomialVariance(parts.map((part) => ({ gradient: gradient(part), share: part.p0 }))) / items0 +
    multinomialVariance(parts.map((part) => ({ gradient: gradient(part), share: part.p1 }))) / items1
  const mixVariance = sum(parts, (s) => ((s.p1 - s.p0) ** 2 / 4) * s.variance) + shareNoise((s) => s.average)
  const withinVariance = sum(parts, (s) => ((s.p0 + s.p1) ** 2 / 4) * s.variance) + shareNoise((s) => s.half)
  return {
    total,
    mix,
    within,
    unseen,
    vanished,
    residual: total - mix - within - unseen - vanished,
    mixError: Math.sqrt(mixVariance),
    withinError: Math.sqrt(withinVariance),
    commonShareBefore,
    commonShareAfter,
    segments,
  }
}

type Pair = { n0: number; m0: number; v0: number; n1: number; m1: number; v1: number }

function now(segment: Segment | undefined): { n1: number; m1: number; v1: number } {
  return { n1: segment?.n ?? 0, m1: segment?.mean ?? 0, v1: segment?.variance ?? 0 }
}

function disjoint(total: number, segments: number): Decomposition {
  return {
    total,
    mix: null,
    within: null,
    unseen: total,
    vanished: 0,
    residual: 0,
    mixError: null,
    withinError: null,
    commonShareBefore: 0,
    commonShareAfter: 0,
    segments: Array.from({ length: segments }, () => ({ mix: 0, within: 0 })),
  }
}

/** Variance of sum g_s share_s for one item: G(g, p) = sum g^2 p - (sum g p)^2. */
function multinomialVariance(terms: readonly { gradient: number; share: number }[]): number {
  const first = sum(terms, ({ gradient, share }) => gradient * share)
  return sum(terms, ({ gradient, share }) => (gradient - first) ** 2 * share)
}

function mean(segments: readonly Pair[], items: 'n0' | 'n1', value: 'm0' | 'm1'): number {
  return sum(segments, (s) => s[items] * s[value]) / sum(segments, (s) => s[items])
}

function sum<Item>(items: readonly Item[], term: (item: Item) => number): number {
  return items.reduce((total, item) => total + term(item), 0)
}
