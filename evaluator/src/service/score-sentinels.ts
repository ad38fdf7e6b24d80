import { replayKey } from '../domain/asked-ids.ts'
import type { ReplayedInput } from '../domain/sentinel.ts'
import { askedRecord } from '../harness/asked-call.ts'
import type { Example } from '../harness/example.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { scoreRecords, type ScoreRecord } from '../scoring/score-record.ts'
import type { TargetOutcome } from '../target/target.ts'
import { NOT_ASKED, type Asked, type ReplayInput, type SentinelOutcome } from './ask-sentinels.ts'

/** A replay cannot have these: that says nothing of the agent. */
const NOT_FOR_REPLAYS: ReadonlySet<string> = new Set(['no_reference', 'not_received'])

/** Scores answers through the one function that scores production, and keeps of each what the evidence is made of. */
export async function scoreSentinels(
  slot: { readonly agent: string; readonly slotAt: number; readonly baseline: string },
  asked: readonly Asked[],
  { scorers, at, signal }: { scorers: Pick<AgentScorers, 'scorers' | 'lags'>; at: number; signal: AbortSignal },
): Promise<ReplayedInput[]> {
  // what others give days later they give for production
  const meant = scorers.scorers.filter(({ name }) => !scorers.lags.has(name))
  const taken = asked.flatMap(({ input, outcome }) => (isOfTarget(outcome) ? [{ input, outcome }] : []))
  const records = taken.map(({ input, outcome }) =>
    askedRecord(slot.agent, exampleOf(input), {
      type: 'result',
      set: 'real',
      example: input.id,
      run: 1,
      key: replayKey(slot.baseline, slot.slotAt, input.id),
      attempts: 1,
      at,
      outcome,
    }),
  )
  const scores = await scoreRecords(records, meant, { signal })
  signal.throwIfAborted()
  return taken.map(({ input, outcome }, i) => ({
    id: input.id,
    failure: outcome.kind === 'answer' ? null : outcome.kind,
    scores: outcome.kind === 'answer' ? valuesOf(scores[i] ?? []) : {},
  }))
}

function isOfTarget(outcome: SentinelOutcome): outcome is TargetOutcome {
  return !NOT_ASKED.some((kind) => kind === outcome.kind)
}

/** A frozen input as the example it was. */
export function exampleOf({ id, input, inputHash, reference, segment, promptName, ...whose }: ReplayInput): Example {
  return {
    id,
    input: input === null ? null : JSON.parse(input),
    ...(reference === null || reference === undefined ? {} : { reference: JSON.parse(reference) }),
    segment,
    promptName,
    operation: null,
    inputHash,
    conversationId: whose.conversationId,
    userHash: whose.userHash,
    count: 1,
    probability: 1,
  }
}

function valuesOf(scores: readonly ScoreRecord[]): Record<string, number | string | null> {
  return Object.fromEntries(
    scores
      .filter(({ value, missing }) => value !== null || (missing !== null && !NOT_FOR_REPLAYS.has(missing.reason)))
      .map(({ name, value }) => [name, value]),
  )
}
