import type { CallRecord } from '../domain/records.ts'
import type { ExternalScore } from '../domain/signals.ts'
import { volunteeredName } from '../scoring/scorers/external.ts'
import { externalScoresIn } from '../store/signals.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { Window } from '../store/telemetry.ts'

/** Without a lag of its own a score may follow its call by this much. */
const SHORTEST_LAG_MILLISECONDS = 3_600_000

export type ExternalScores = {
  /** The scores of a call by their names; of several of one name the one given last. */
  of(
    call: Pick<CallRecord, 'traceId' | 'spanId' | 'responseId' | 'conversationId'>,
  ): ReadonlyMap<string, number | string>
}

/** Scores given to calls of a window until the lag after its end. */
export async function externalScoresOf(
  db: StoreDatabase,
  agent: string,
  window: Window,
  lag: number,
): Promise<ExternalScores> {
  const until = window.to + Math.max(lag, SHORTEST_LAG_MILLISECONDS)
  return joinExternalScores(await externalScoresIn(db, agent, { from: window.from, to: until }))
}

/** @param scores in order of time */
export function joinExternalScores(scores: readonly ExternalScore[]): ExternalScores {
  const byReference = new Map<string, ExternalScore[]>()
  for (const score of scores) {
    const reference = referenceOf(score)
    if (reference === null) continue
    const known = byReference.get(reference)
    if (known === undefined) byReference.set(reference, [score])
    else known.push(score)
  }
  return {
    of(call) {
      const values = new Map<string, number | string>()
      // the closest reference last, so that it wins
      for (const reference of [
        call.conversationId === null ? null : `conversation ${call.conversationId}`,
        `trace ${call.traceId}`,
        call.responseId === null ? null : `response ${call.responseId}`,
        `span ${call.traceId}/${call.spanId}`,
      ]) {
        if (reference === null) continue
        for (const { name, selection, value, label } of byReference.get(reference) ?? []) {
          const given = value ?? label
          if (given !== null) values.set(selection === 'volunteered' ? volunteeredName(name) : name, given)
        }
      }
      return values
    },
  }
}

/** The most exact reference that a score has. */
function referenceOf({ traceId, spanId, responseId, conversationId }: ExternalScore): string | null {
  if (traceId !== null && spanId !== null) return `span ${traceId}/${spanId}`
  if (responseId !== null) return `response ${responseId}`
  if (traceId !== null) return `trace ${traceId}`
  return conversationId === null ? null : `conversation ${conversationId}`
}
