import { innermostCalls } from '../scoring/innermost-calls.ts'
import { joinValidations, type EvaluatedCall } from '../scoring/evaluated-call.ts'
import { withOutputForm } from '../scoring/output-form.ts'
import { sampleSlot, type Sample } from '../scoring/sample.ts'
import { windowAt, type ExcludedWindow } from '../domain/excluded-window.ts'
import type { CallRecord } from '../domain/records.ts'
import type { Promotion } from '../scoring/arm.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { contentsIn } from '../store/signals.ts'
import { callsIn, seenConversations, validationsIn, type Window } from '../store/telemetry.ts'
import { callsWrappingAnotherAgents } from '../store/wrapping-calls.ts'

/** A validation may follow its call by this much and still lie in the next window. */
const VALIDATION_LAG_MILLISECONDS = 3_600_000

/** A framework's call may begin this long before the call inside it, and so in the window before. */
const WRAPPING_MILLISECONDS = 600_000

/** Texts that come as log records carry the time at which the call ended, or a little later. */
const CONTENT_LAG_MILLISECONDS = 3_600_000

/** Calls of a window with their validations: of calls that wrap each other the innermost, where it lies in the window. */
export async function evaluatedCalls(db: StoreDatabase, agent: string, window: Window): Promise<EvaluatedCall[]> {
  const around = { from: window.from - WRAPPING_MILLISECONDS, to: window.to + WRAPPING_MILLISECONDS }
  const wrapping = await callsWrappingAnotherAgents(db, agent, around)
  const calls = (await callsIn(db, agent, around)).filter(
    ({ traceId, spanId }) => !wrapping.has(`${traceId}/${spanId}`),
  )
  const validations = await validationsIn(db, agent, {
    from: around.from,
    to: window.to + VALIDATION_LAG_MILLISECONDS,
  })
  const told = await withContents(db, agent, calls, { from: around.from, to: window.to + CONTENT_LAG_MILLISECONDS })
  return innermostCalls(joinValidations(told, validations)).filter(
    ({ call }) => call.startedAt >= window.from && call.startedAt < window.to,
  )
}

/** Calls with the texts that came beside their spans, where the spans had none. */
async function withContents(
  db: StoreDatabase,
  agent: string,
  calls: readonly CallRecord[],
  window: Window,
): Promise<readonly CallRecord[]> {
  const contents = await contentsIn(db, agent, window)
  if (contents.length === 0) return calls
  const bySpan = new Map(contents.map((content) => [`${content.traceId}/${content.spanId}`, content]))
  return calls.map((call) => {
    const content = bySpan.get(`${call.traceId}/${call.spanId}`)
    if (content === undefined) return call
    return withOutputForm({ ...call, input: call.input ?? content.input, output: call.output ?? content.output })
  })
}

/**
 * The items of a slot. Conversations that began between `watchedSince` and the window were items of the baseline or of an
 * earlier slot, and would not be independent.
 */
export async function collectSample(
  db: StoreDatabase,
  agent: string,
  options: {
    readonly slotAt: number
    readonly window: Window
    readonly size: number
    readonly watchedSince: number
    readonly key: string
    readonly promotions: readonly Promotion[]
    /** Calls that started in these are left out. */
    readonly excluded: readonly ExcludedWindow[]
  },
): Promise<Sample> {
  const all = await evaluatedCalls(db, agent, options.window)
  const calls = all.filter(({ call }) => windowAt(options.excluded, call.startedAt) === undefined)
  const conversations = [...new Set(calls.map(({ call }) => call.conversationId).filter((id) => id !== null))]
  const seen = await seenConversations(db, agent, conversations, {
    from: options.watchedSince,
    to: options.window.from,
  })
  const sample = sampleSlot(calls, { ...options, seenConversations: seen })
  const reasons = all.flatMap(({ call }) => windowAt(options.excluded, call.startedAt)?.reason ?? [])
  const counts = [...Map.groupBy(reasons, (reason) => reason)].map(([reason, { length }]) => [reason, length] as const)
  return { ...sample, excluded: { ...sample.excluded, ...Object.fromEntries(counts) } }
}
