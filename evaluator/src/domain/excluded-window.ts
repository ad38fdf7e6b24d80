import type { ExcludedWindowReason } from '@tidemark/instrumentation/semconv'
import type { Incident } from './verdict.ts'

/** A window of an agent's time that counts for nothing; epoch milliseconds, `from` belongs to it, `to` does not. */
export type ExcludedWindow = {
  readonly id: string
  readonly agent: string
  readonly from: number
  readonly to: number
  readonly reason: ExcludedWindowReason
  readonly note: string | null
  readonly excludedAt: number
  readonly excludedBy: string
  /** Since when, by whom and why it counts again; null while it is excluded. */
  readonly removed: { readonly at: number; readonly by: string; readonly why: string | null } | null
}

/** What became of a window and of the slots around it. */
export type ExclusionResult = {
  readonly window: ExcludedWindow
  /** Slots that were scored again without the window, or with it. */
  readonly rescored: readonly number[]
  /** Slots that are left out as a whole. */
  readonly skipped: readonly number[]
  /** Verdicts that were computed again, those of later slots included. */
  readonly recomputed: number
  /** Slots of replays of frozen inputs that asked in the window: they are left out, or count again. */
  readonly replays: readonly number[]
  /** The window lies in the time of the baseline in force, which nothing edits. */
  readonly touchesBaseline: boolean
  readonly opened: readonly Incident[]
  /** Incidents whose alarm is gone; people resolve them. */
  readonly unsupported: readonly Incident[]
}

type Span = { readonly from: number; readonly to: number }

/** The windows among these that are excluded now. */
export function stillExcluded(windows: readonly ExcludedWindow[]): readonly ExcludedWindow[] {
  return windows.filter(({ removed }) => removed === null)
}

/** The window that a moment lies in; undefined where it counts. */
export function windowAt(windows: readonly ExcludedWindow[], time: number): ExcludedWindow | undefined {
  return windows.find(({ from, to }) => time >= from && time < to)
}

export function overlaps(a: Span, b: Span): boolean {
  return a.from < b.to && b.from < a.to
}

/** The windows that together leave nothing of a span; empty where something of it counts. */
export function covering(windows: readonly ExcludedWindow[], span: Span): readonly ExcludedWindow[] {
  const touching = windows.filter((window) => overlaps(window, span)).toSorted((a, b) => a.from - b.from)
  let until = span.from
  for (const { from, to } of touching) if (from <= until) until = Math.max(until, to)
  return until >= span.to ? touching : []
}
