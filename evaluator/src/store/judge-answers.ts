import type { StoreDatabase } from './open-store.ts'

/** A row of `judge_answer` in the words of the domain. */
export type KeptJudgement = {
  readonly record: string
  /** `scored`, or why there is no score. */
  readonly outcome: string
  readonly choice: string | null
  readonly value: number | null
  /** The judge's reasons, or the detail of a missing score. */
  readonly explanation: string
  readonly tokens: number
  readonly usd: number | null
  readonly answeredAt: number
}

type Amount = { readonly calls: number; readonly tokens: number; readonly microUsd: number }

/** Records asked for in one statement: SQLite takes 32,766 parameters, and a slot has at most 2,000 records. */
const RECORDS_AT_ONCE = 1000

/** The judgements of these records under one version; those that are not there are left out. */
export async function findJudgements(
  db: StoreDatabase,
  { agent, version }: { readonly agent: string; readonly version: string },
  records: readonly string[],
): Promise<KeptJudgement[]> {
  const found: KeptJudgement[] = []
  for (let from = 0; from < records.length; from += RECORDS_AT_ONCE) {
    const rows = await db
      .selectFrom('judge_answer')
      .selectAll()
      .where('agent', '=', agent)
      .where('version', '=', version)
      .where('record', 'in', records.slice(from, from + RECORDS_AT_ONCE))
      .execute()
    for (const { answered_at, agent: _, version: __, ...row } of rows) found.push({ ...row, answeredAt: answered_at })
  }
  return found
}

/** The newest answers with a score under one version. */
export async function newestScored(
  db: StoreDatabase,
  { agent, version }: { readonly agent: string; readonly version: string },
  limit: number,
): Promise<{ readonly record: string; readonly value: number }[]> {
  const rows = await db
    .selectFrom('judge_answer')
    .select(['record', 'value'])
    .where('agent', '=', agent)
    .where('version', '=', version)
    .where('value', 'is not', null)
    .orderBy('answered_at', 'desc')
    .orderBy('record')
    .limit(limit)
    .execute()
  return rows.flatMap(({ record, value }) => (value === null ? [] : [{ record, value }]))
}

/** Keeps a judgement; the first one of a record and version stays. */
export async function keepJudgement(
  db: StoreDatabase,
  { agent, version }: { readonly agent: string; readonly version: string },
  { answeredAt, ...row }: KeptJudgement,
): Promise<void> {
  await db
    .insertInto('judge_answer')
    .values({ agent, version, ...row, answered_at: answeredAt })
    .onConflict((conflict) => conflict.columns(['agent', 'version', 'record']).doNothing())
    .execute()
}

export type SpendKey = { readonly agent: string; readonly judge: string; readonly day: string }

/** Adds an amount to a day unless a limit would be passed; one statement, so that no two processes share the same rest. */
export async function reserveSpend(db: StoreDatabase, key: SpendKey, amount: Amount, limits: Amount): Promise<boolean> {
  if (await addWithin(db, key, amount, limits)) return true
  // the first call of a day finds no row to add to, and so may several at once
  await db
    .insertInto('judge_spend')
    .values({ ...key, calls: 0, tokens: 0, micro_usd: 0 })
    .onConflict((conflict) => conflict.columns(['agent', 'judge', 'day']).doNothing())
    .execute()
  return await addWithin(db, key, amount, limits)
}

async function addWithin(
  db: StoreDatabase,
  { agent, judge, day }: SpendKey,
  amount: Amount,
  limits: Amount,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('judge_spend')
    .set(({ eb }) => ({
      calls: eb('calls', '+', amount.calls),
      tokens: eb('tokens', '+', amount.tokens),
      micro_usd: eb('micro_usd', '+', amount.microUsd),
    }))
    .where('agent', '=', agent)
    .where('judge', '=', judge)
    .where('day', '=', day)
    // a limit of infinity is none, and PostgreSQL has no such whole number
    .$if(limits.calls < Infinity, (query) => query.where('calls', '<=', limits.calls - amount.calls))
    .$if(limits.tokens < Infinity, (query) => query.where('tokens', '<=', limits.tokens - amount.tokens))
    .$if(limits.microUsd < Infinity, (query) => query.where('micro_usd', '<=', limits.microUsd - amount.microUsd))
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Takes an amount off a day: what was reserved and not used. */
export async function releaseSpend(db: StoreDatabase, { agent, judge, day }: SpendKey, amount: Amount): Promise<void> {
  await db
    .updateTable('judge_spend')
    .set(({ eb }) => ({
      calls: eb('calls', '-', amount.calls),
      tokens: eb('tokens', '-', amount.tokens),
      micro_usd: eb('micro_usd', '-', amount.microUsd),
    }))
    .where('agent', '=', agent)
    .where('judge', '=', judge)
    .where('day', '=', day)
    .execute()
}

/** What a judge used on a day, what is reserved at this moment included; zeros where nothing is known. */
export async function spendOf(db: StoreDatabase, { agent, judge, day }: SpendKey): Promise<Amount> {
  const row = await db
    .selectFrom('judge_spend')
    .select(['calls', 'tokens', 'micro_usd as microUsd'])
    .where('agent', '=', agent)
    .where('judge', '=', judge)
    .where('day', '=', day)
    .executeTakeFirst()
  return row ?? { calls: 0, tokens: 0, microUsd: 0 }
}

/** Forgets judgements older than an instant, and the days of spending before it. */
export async function expireJudgements(db: StoreDatabase, before: number): Promise<void> {
  await db.deleteFrom('judge_answer').where('answered_at', '<', before).execute()
  await db.deleteFrom('judge_spend').where('day', '<', new Date(before).toISOString().slice(0, 10)).execute()
}
