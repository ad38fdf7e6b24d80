import type { Attribution, Cause, FrozenComparison, SegmentFinding, SegmentShare } from '../domain/verdict.ts'
import { CAP, OTHER, splitAt } from './caps.ts'
import { labelText, series, type Series } from './series.ts'

/** The ranked causes; those beyond the cap together, with the probability they have together. */
export function causeSeries(causes: readonly Cause[]): Series[] {
  const { kept, rest } = splitAt(
    [...causes].sort((a, b) => b.probability - a.probability),
    CAP.causes,
  )
  const probabilities = new Map<string, Series>()
  for (const { kind, change, probability } of kept) {
    const labels = { cause: kind, change: labelText(change) }
    const key = `${kind} ${labels.change}`
    const value = (probabilities.get(key)?.value ?? 0) + probability
    for (const entry of series(labels, value)) probabilities.set(key, entry)
  }
  if (rest.length === 0) return [...probabilities.values()]
  const probability = rest.reduce((sum, cause) => sum + cause.probability, 0)
  return [...probabilities.values(), ...series({ cause: OTHER, change: OTHER }, probability)]
}

/** The segments whose share moved most, and the others together, in both windows. */
export function segmentSeries(segments: readonly SegmentShare[]): Series[] {
  const named = segments.filter(({ segment }) => segment !== OTHER).sort((a, b) => movementOf(b) - movementOf(a))
  const { kept, rest } = splitAt(named, CAP.segments)
  const others = [...rest, ...segments.filter(({ segment }) => segment === OTHER)]
  return (['baseline', 'current'] as const).flatMap((window) => [
    ...kept.flatMap((segment) => series({ segment: labelText(segment.segment), window }, segment[window])),
    ...(others.length === 0
      ? []
      : series(
          { segment: OTHER, window },
          others.reduce((sum, segment) => sum + segment[window], 0),
        )),
  ])
}

/**
 * What the segments contribute to the movement of a score, by mix and within; those beyond the cap together. Of the scores
 * that moved most, in standard errors: the verdict has the others.
 */
export function contributionSeries(attribution: readonly Attribution[]): Series[] {
  return [...attribution]
    .sort((a, b) => sureness(b) - sureness(a))
    .slice(0, CAP.attributedScores)
    .flatMap(segmentParts)
}

/** Evidence of the scores that moved in one segment alone. */
export function findingSeries(findings: readonly SegmentFinding[]): Series[] {
  return findings
    .slice(0, CAP.segments)
    .flatMap(({ name, segment, evidence }) => series({ score: labelText(name), segment: labelText(segment) }, evidence))
}

/** The newest runs against the frozen baseline, one value a score. */
export function frozenSeries(comparisons: readonly FrozenComparison[], value: 'difference' | 'low' | 'high'): Series[] {
  return comparisons.flatMap((comparison) => series({ score: labelText(comparison.score) }, comparison[value]))
}

/** Items left out of a run by reason; the rarest reasons beyond the cap together. */
export function excludedSeries(suite: string, excluded: Readonly<Record<string, number>>): Series[] {
  const ranked = Object.entries(excluded)
    .filter(([reason]) => reason !== OTHER)
    .sort(([, a], [, b]) => b - a)
  const { kept, rest } = splitAt(ranked, CAP.excludedReasons)
  const folded = rest.reduce((sum, [, count]) => sum + count, excluded[OTHER] ?? 0)
  return [
    ...kept.flatMap(([reason, count]) => series({ suite, reason: labelText(reason) }, count)),
    ...(folded === 0 ? [] : series({ suite, reason: OTHER }, folded)),
  ]
}

function segmentParts({ score, segments }: Attribution): Series[] {
  const { kept, rest } = splitAt(
    segments.filter(({ segment }) => segment !== OTHER),
    CAP.segments,
  )
  const others = [...rest, ...segments.filter(({ segment }) => segment === OTHER)]
  return (['mix', 'within'] as const).flatMap((part) => [
    ...kept.flatMap((one) => series({ score: labelText(score), segment: labelText(one.segment), part }, one[part])),
    ...(others.length === 0
      ? []
      : series(
          { score: labelText(score), segment: OTHER, part },
          others.reduce((sum, one) => sum + one[part], 0),
        )),
  ])
}

function sureness({ total, mixError, withinError }: Attribution): number {
  const error = Math.hypot(mixError ?? 0, withinError ?? 0)
  return error === 0 ? Math.sign(Math.abs(total)) * Number.MAX_VALUE : Math.abs(total) / error
}

function movementOf({ baseline, current }: SegmentShare): number {
  return Math.abs(current - baseline)
}
