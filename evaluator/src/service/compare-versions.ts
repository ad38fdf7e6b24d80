import { ATTRIBUTE, TIDEMARK } from '@tidemark/instrumentation/semconv'
import { TidemarkError } from '../domain/errors.ts'
import { stillExcluded, windowAt } from '../domain/excluded-window.ts'
import type { CallRecord } from '../domain/records.ts'
import type { VariantDifference } from '../domain/verdict.ts'
import { armOf, CONTROL, type Promotion } from '../scoring/arm.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { sampleSlot } from '../scoring/sample.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import { currentBaseline } from '../store/baselines.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { excludedWindowsOf } from '../store/excluded-windows.ts'
import { promotionsOf } from '../store/planned-changes.ts'
import type { Window } from '../store/telemetry.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import { batchStatistics } from '../verdict/batch-statistics.ts'
import { sameDayDifferences, type TwoArms } from '../verdict/same-day-difference.ts'
import { variantStatistics } from '../verdict/variant-statistics.ts'
import { evaluatedCalls } from './collect-sample.ts'
import { scoreItems } from './score-items.ts'

/** What versions are told apart by. */
export const COMPARED_BY = [ATTRIBUTE.responseModel, ATTRIBUTE.promptVersion, TIDEMARK.variant] as const
export type ComparedBy = (typeof COMPARED_BY)[number]

export type CompareRequest = {
  readonly agent: string
  readonly by: ComparedBy
  /** Epoch milliseconds. */
  readonly from: number
  readonly to: number
  /** The version that the others are compared with; null: the one with most calls, of variants control. */
  readonly control: string | null
}

export type VersionComparison = {
  readonly agent: string
  readonly by: ComparedBy
  readonly control: string
  readonly slots: number
  /** By score the other version minus control, over pairs of one slot and one segment; those with most items first. */
  readonly versions: readonly {
    readonly version: string
    readonly items: number
    readonly differences: readonly VariantDifference[]
  }[]
}

const UNKNOWN = 'unknown'

/**
 * The difference of live versions on the same days inside the same segments. Records are scored anew, but for scores that
 * are drawn for cost (judges) or complete only later.
 * @throws {TidemarkError} `argument_invalid` without a baseline, whose scores and segments are compared, or without calls
 */
export async function compareVersions(
  db: StoreDatabase,
  scorers: AgentScorers,
  request: CompareRequest,
  { intervalMilliseconds, size }: { readonly intervalMilliseconds: number; readonly size: number },
): Promise<VersionComparison> {
  const stored = await currentBaseline(db, request.agent)
  if (stored === null)
    throw new TidemarkError(
      'argument_invalid',
      `Agent ${request.agent} has no baseline, whose scores and segments would be compared.`,
      `Freeze one with "tidemark baseline freeze --agent ${request.agent}".`,
    )
  const baseline = readBaseline(stored.document)
  const versionOf = versionReader(request.by, await promotionsOf(db, request.agent))
  const windows = windowsOf(request, intervalMilliseconds)
  const calls: EvaluatedCall[][] = []
  const excluded = stillExcluded(await excludedWindowsOf(db, request.agent))
  for (const window of windows) {
    const all = await evaluatedCalls(db, request.agent, window)
    calls.push(all.filter(({ call }) => windowAt(excluded, call.startedAt) === undefined))
  }
  const control = request.control ?? commonest(calls.flat(), versionOf, request)
  const free = scorers.scorers.filter(({ name }) => !scorers.sampleSizes.has(name))
  const frozen = baseline.scores.filter(
    ({ name }) => free.some((scorer) => scorer.name === name) && (scorers.lags.get(name) ?? 0) === 0,
  )
  const score = (items: readonly EvaluatedCall[], window: Window): Promise<readonly ScoredCall[]> =>
    scoreItems(db, items, {
      agent: request.agent,
      scorers: { ...scorers, scorers: free },
      window,
      key: stored.id,
      signal: new AbortController().signal,
    })
  const seen = new Set<string>()
  const arms = new Map<string, { items: number; slots: TwoArms[] }>()
  let strata = baseline.strata
  for (const [i, window] of windows.entries()) {
    const named = (calls[i] ?? []).map((entry) => asArm(entry, versionOf(entry.call), control))
    const sample = sampleSlot(named, { slotAt: window.to, size, seenConversations: seen, key: stored.id })
    for (const { call } of named) if (call.conversationId !== null) seen.add(call.conversationId)
    const own = batchStatistics(await score(sample.items, window), [], { frozen, strata, segments: baseline.segments })
    strata = own.strata
    const scored = new Map<string, readonly ScoredCall[]>()
    for (const [name, items] of sample.variants) scored.set(name, await score(items, window))
    const statistics = variantStatistics(scored, { frozen, strata, segments: baseline.segments })
    for (const [name, { items, scores }] of Object.entries(statistics)) {
      const arm = arms.get(name) ?? { items: 0, slots: [] }
      arms.set(name, arm)
      arm.items += items
      arm.slots.push({ variant: scores, control: own.scores })
    }
  }
  return {
    agent: request.agent,
    by: request.by,
    control,
    slots: windows.length,
    versions: [...arms]
      .map(([version, { items, slots }]) => ({ version, items, differences: sameDayDifferences(frozen, slots) }))
      .toSorted((a, b) => b.items - a.items),
  }
}

function versionReader(by: ComparedBy, promotions: readonly Promotion[]): (call: CallRecord) => string {
  switch (by) {
    case ATTRIBUTE.responseModel:
      return ({ responseModel, requestModel }) => responseModel ?? requestModel ?? UNKNOWN
    case ATTRIBUTE.promptVersion:
      return ({ promptVersion, promptHash }) => promptVersion ?? promptHash ?? UNKNOWN
    case TIDEMARK.variant:
      return (call) => armOf(call, promotions)
  }
}

/** The rules of a slot's sample know arms by the variant's name: the version takes its place, the control version that of control. */
function asArm(entry: EvaluatedCall, version: string, control: string): EvaluatedCall {
  const variant = version === control ? CONTROL : version === CONTROL ? `${CONTROL} ` : version
  return { ...entry, call: { ...entry.call, variant } }
}

function commonest(
  calls: readonly EvaluatedCall[],
  versionOf: (call: CallRecord) => string,
  { agent, by, from, to }: CompareRequest,
): string {
  const counts = new Map<string, number>()
  for (const { call } of calls)
    if (call.origin === 'production') counts.set(versionOf(call), (counts.get(versionOf(call)) ?? 0) + 1)
  if (by === TIDEMARK.variant && counts.has(CONTROL)) return CONTROL
  const [first] = [...counts].toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  if (first !== undefined) return first[0]
  throw new TidemarkError(
    'argument_invalid',
    `Agent ${agent} has no production call from ${new Date(from).toISOString()} to ${new Date(to).toISOString()}.`,
    'Widen --window, or see when it was last heard of with "tidemark check".',
  )
}

/** Whole slots that end at `to`, oldest first. */
function windowsOf({ from, to }: CompareRequest, interval: number): Window[] {
  const count = Math.max(1, Math.floor((to - from) / interval))
  return Array.from({ length: count }, (_, i) => {
    const end = to - (count - 1 - i) * interval
    return { from: end - interval, to: end }
  })
}
