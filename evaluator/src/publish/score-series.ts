import type { ScoreReport, ScoreWindow } from '../domain/verdict.ts'
import { CAP, OTHER } from './caps.ts'
import { labelText, series, type Series } from './series.ts'

const WINDOWS = ['baseline', 'current'] as const

/** Evidence, effect or tolerance of each stream. A score has at most four. */
export function streamValues(score: ScoreReport, value: 'evidence' | 'effect' | 'tolerance'): Series[] {
  return score.streams
    .slice(0, CAP.streams)
    .flatMap((stream) => series(streamLabels(score, stream.stream), stream[value]))
}

/** A number of both windows of a score. */
export function windowValues(score: ScoreReport, value: 'mean' | 'low' | 'high' | 'samples'): Series[] {
  return WINDOWS.flatMap((window) => series({ score: labelText(score.name), window }, score[window][value]))
}

/**
 * Shares of the categories or bins. Both windows name the same bins, so that a category that vanished shows 0; beyond the
 * cap the rare ones are folded, never the one that just grew.
 */
export function shareSeries(score: ScoreReport): Series[] {
  const windows = WINDOWS.map((window) => ({ window, shares: sharesByLabel(score[window]) }))
  const bins = new Set(windows.flatMap(({ shares }) => [...(shares?.keys() ?? [])]))
  const largest = (bin: string) => Math.max(...windows.map(({ shares }) => shares?.get(bin) ?? 0))
  const named = [...bins].filter((bin) => bin !== OTHER).sort((a, b) => largest(b) - largest(a))
  const isFolding = bins.has(OTHER) || named.length > CAP.bins + 1
  const kept = isFolding ? named.slice(0, CAP.bins) : named
  return windows.flatMap(({ window, shares }) => {
    if (shares === undefined) return []
    const labels = (bin: string) => ({ score: labelText(score.name), window, bin })
    const total = [...shares.values()].reduce((sum, share) => sum + share, 0)
    const shown = kept.reduce((sum, bin) => sum + (shares.get(bin) ?? 0), 0)
    return [
      ...kept.flatMap((bin) => series(labels(bin), shares.get(bin) ?? 0)),
      ...(isFolding ? series(labels(OTHER), Math.max(0, total - shown)) : []),
    ]
  })
}

function streamLabels(score: ScoreReport, stream: string) {
  return { score: labelText(score.name), stream: labelText(stream) }
}

function sharesByLabel(window: ScoreWindow): Map<string, number> | undefined {
  if (window.shares === null) return undefined
  const shares = new Map<string, number>()
  for (const [bin, share] of Object.entries(window.shares)) {
    const label = labelText(bin)
    shares.set(label, (shares.get(label) ?? 0) + share)
  }
  return shares
}
