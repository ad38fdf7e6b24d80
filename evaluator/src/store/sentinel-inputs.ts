import { askedIds, recordOf, replayKey } from '../domain/asked-ids.ts'
import type { StoreDatabase } from './open-store.ts'
import { inTransaction } from './transaction.ts'

/** The text of one frozen input. `input` is JSON, as it is sent to the target; null once it is forgotten. */
export type SentinelInput = {
  /** As in the baseline's document. */
  readonly id: string
  readonly segment: string | null
  readonly promptName: string | null
  readonly traceId: string | null
  readonly conversationId: string | null
  readonly userHash: string | null
  readonly input: string | null
  /** JSON of the right answer, for scores that compare with one; null where none is known. */
  readonly reference?: string | null
  /** `TRACE/SPAN` of each run of the harness, under which judges keep what they said. */
  readonly records?: readonly string[]
  /** Epoch milliseconds; null while the text is there. */
  readonly forgottenAt: number | null
}

const ROWS_AT_ONCE = 500

export async function insertSentinelInputs(
  db: StoreDatabase,
  { agent, baseline }: { readonly agent: string; readonly baseline: string },
  inputs: readonly SentinelInput[],
): Promise<void> {
  for (let from = 0; from < inputs.length; from += ROWS_AT_ONCE)
    await db
      .insertInto('sentinel_input')
      .values(
        inputs.slice(from, from + ROWS_AT_ONCE).map((one) => ({
          baseline,
          id: one.id,
          agent,
          segment: one.segment,
          prompt_name: one.promptName,
          trace_id: one.traceId,
          conversation_id: one.conversationId,
          user_hash: one.userHash,
          input: one.input,
          forgotten_at: one.forgottenAt,
          reference: one.reference ?? null,
          records: JSON.stringify(one.records ?? []),
        })),
      )
      .execute()
}

/** All inputs of a baseline by their id, those among them whose text was forgotten. */
export async function sentinelInputsOf(db: StoreDatabase, baseline: string): Promise<SentinelInput[]> {
  const rows = await db
    .selectFrom('sentinel_input')
    .selectAll()
    .where('baseline', '=', baseline)
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    segment: row.segment,
    promptName: row.prompt_name,
    traceId: row.trace_id,
    conversationId: row.conversation_id,
    userHash: row.user_hash,
    input: row.input,
    forgottenAt: row.forgotten_at,
    reference: row.reference,
  }))
}

/** Whose inputs go: by the call they come from, or one by its id. */
export type ForgottenInputs =
  | { readonly conversation: string }
  | { readonly user: string }
  | { readonly example: string }

/**
 * Takes the texts away, with what judges keep of their runs and replays, and leaves a tombstone; what was frozen of them
 * stays. Returns how many had a text.
 */
export async function forgetSentinelInputs(
  db: StoreDatabase,
  agent: string,
  whose: ForgottenInputs,
  now: number,
): Promise<number> {
  const [column, value] =
    'conversation' in whose
      ? (['conversation_id', whose.conversation] as const)
      : 'user' in whose
        ? (['user_hash', whose.user] as const)
        : (['id', whose.example] as const)
  return await inTransaction(db, async (transaction) => {
    const rows = await transaction
      .selectFrom('sentinel_input')
      .select(['baseline', 'id', 'records'])
      .where('agent', '=', agent)
      .where('forgotten_at', 'is', null)
      .where(column, '=', value)
      .execute()
    for (const { baseline, id, records } of rows) {
      const runs: readonly string[] = JSON.parse(records ?? '[]')
      await forgetJudged(transaction, agent, [...runs, ...(await replayRecords(transaction, agent, { baseline, id }))])
      await transaction
        .updateTable('sentinel_input')
        .set({
          input: null,
          reference: null,
          trace_id: null,
          conversation_id: null,
          user_hash: null,
          records: null,
          forgotten_at: now,
        })
        .where('baseline', '=', baseline)
        .where('id', '=', id)
        .execute()
    }
    return rows.length
  })
}

/** Under which judges keep what they said of the replays of an input. */
async function replayRecords(
  db: StoreDatabase,
  agent: string,
  { baseline, id }: { readonly baseline: string; readonly id: string },
): Promise<string[]> {
  const slots = await db.selectFrom('sentinel_run').select('slot_at').where('agent', '=', agent).execute()
  return slots.map(({ slot_at }) => recordOf(askedIds(replayKey(baseline, slot_at, id))))
}

async function forgetJudged(db: StoreDatabase, agent: string, records: readonly string[]): Promise<void> {
  for (let from = 0; from < records.length; from += ROWS_AT_ONCE) {
    const some = records.slice(from, from + ROWS_AT_ONCE)
    await db.deleteFrom('judge_answer').where('agent', '=', agent).where('record', 'in', some).execute()
    const traces = some.map((record) => record.split('/')[0] ?? '')
    await db.deleteFrom('judge_anchor').where('agent', '=', agent).where('trace_id', 'in', traces).execute()
  }
}
