import type { StoreDatabase } from './open-store.ts'

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

/** Takes the texts away and leaves a tombstone; what was frozen of them stays. Returns how many had a text. */
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
  const { numUpdatedRows } = await db
    .updateTable('sentinel_input')
    .set({ input: null, reference: null, trace_id: null, conversation_id: null, user_hash: null, forgotten_at: now })
    .where('agent', '=', agent)
    .where('forgotten_at', 'is', null)
    .where(column, '=', value)
    .executeTakeFirst()
  return Number(numUpdatedRows)
}
