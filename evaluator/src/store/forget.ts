import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import { TidemarkError } from '../domain/errors.ts'
import type { StoreDatabase } from './open-store.ts'
import { inTransaction } from './transaction.ts'

const DAY = 86_400_000
/** Traces of one transaction: a few milliseconds, after which others have their turn. */
const TRACES_PER_STEP = 100

/** Whose records go: those of one conversation, or of one user (`tidemark.user.hash`). */
export type Forgotten = { readonly conversation: string } | { readonly user: string }

export type ForgottenCount = {
  readonly calls: number
  readonly validations: number
  readonly decisions: number
  readonly reviewItems: number
}

/**
 * Deletes the records of a conversation or a user: the calls, and what was recorded in their traces — validations,
 * decisions, cases for review and what a judge said. Baselines, statistics and verdicts stay: they hold counts, hashes and
 * links only. It goes a day of calls and a few traces at a time, so that ingest runs meanwhile; started again it goes on
 * where it was.
 * @throws {TidemarkError} `agent_unknown`
 */
export async function forget(db: StoreDatabase, agent: string, whose: Forgotten): Promise<ForgottenCount> {
  let count: ForgottenCount = { calls: 0, validations: 0, decisions: 0, reviewItems: 0 }
  const seen = await db.selectFrom('agent').selectAll().where('name', '=', agent).executeTakeFirst()
  if (seen === undefined)
    throw new TidemarkError(
      'agent_unknown',
      `Agent ${agent} has no records.`,
      'See the names of the agents with "tidemark check".',
    )
  for (let from = seen.first_seen_at; from <= seen.last_seen_at; from += DAY) {
    const traces = await tracesOf(db, agent, whose, from)
    for (let start = 0; start < traces.length; start += TRACES_PER_STEP) {
      count = sum(count, await forgetTraces(db, agent, whose, traces.slice(start, start + TRACES_PER_STEP)))
      await setImmediate()
    }
    await setImmediate()
  }
  if (!('conversation' in whose)) return count
  // a score or a decision may have come without a call
  await db
    .deleteFrom('external_score')
    .where('agent', '=', agent)
    .where('conversation_id', '=', whose.conversation)
    .execute()
  const decisions = await db
    .deleteFrom('decision_record')
    .where('agent', '=', agent)
    .where('conversation_id', '=', whose.conversation)
    .executeTakeFirst()
  return sum(count, { calls: 0, validations: 0, decisions: Number(decisions.numDeletedRows), reviewItems: 0 })
}

async function tracesOf(db: StoreDatabase, agent: string, whose: Forgotten, from: number): Promise<string[]> {
  const rows = await db
    .selectFrom('call_record')
    .select('trace_id')
    .distinct()
    .where('agent', '=', agent)
    .where('started_at', '>=', from)
    .where('started_at', '<', from + DAY)
    .where(...belongsTo(whose))
    .execute()
  return rows.map((row) => row.trace_id)
}

/** Calls of somebody else in the same trace stay, without what else was recorded in it. */
async function forgetTraces(
  db: StoreDatabase,
  agent: string,
  whose: Forgotten,
  traces: readonly string[],
): Promise<ForgottenCount> {
  return await inTransaction(db, async (transaction) => {
    const calls = await transaction
      .deleteFrom('call_record')
      .where('agent', '=', agent)
      .where('trace_id', 'in', traces)
      .where(...belongsTo(whose))
      .returning(['trace_id', 'span_id'])
      .execute()
    // what a judge said of an output may repeat it
    for (const { trace_id, span_id } of calls)
      await transaction
        .deleteFrom('judge_answer')
        .where('agent', '=', agent)
        .where('record', '=', `${trace_id}/${span_id}`)
        .execute()
    await deleteTraces(transaction, 'call_content', agent, traces)
    await deleteTraces(transaction, 'step_record', agent, traces)
    await deleteTraces(transaction, 'judge_anchor', agent, traces)
    await deleteTraces(transaction, 'external_score', agent, traces)
    return {
      calls: calls.length,
      validations: await deleteTraces(transaction, 'validation_record', agent, traces),
      decisions: await deleteTraces(transaction, 'decision_record', agent, traces),
      reviewItems: await deleteTraces(transaction, 'review_item', agent, traces),
    }
  })
}

async function deleteTraces(
  db: StoreDatabase,
  table:
    | 'validation_record'
    | 'decision_record'
    | 'review_item'
    | 'call_content'
    | 'external_score'
    | 'step_record'
    | 'judge_anchor',
  agent: string,
  traces: readonly string[],
): Promise<number> {
  const { numAffectedRows = 0n } = await sql`
    delete from ${sql.table(table)} where agent = ${agent} and trace_id in (${sql.join(traces)})`.execute(db)
  return Number(numAffectedRows)
}

function belongsTo(whose: Forgotten): readonly ['conversation_id' | 'user_hash', '=', string] {
  return 'conversation' in whose ? ['conversation_id', '=', whose.conversation] : ['user_hash', '=', whose.user]
}

function sum(a: ForgottenCount, b: ForgottenCount): ForgottenCount {
  return {
    calls: a.calls + b.calls,
    validations: a.validations + b.validations,
    decisions: a.decisions + b.decisions,
    reviewItems: a.reviewItems + b.reviewItems,
  }
}
