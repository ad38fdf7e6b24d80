import type { TelemetryBatch } from '../domain/records.ts'
import { commitTogether } from './commit-together.ts'
import { insertNew } from './insert-new.ts'
import type { StoreDatabase } from './open-store.ts'
import { callRow, decisionRow, stepRow, validationRow } from './telemetry-rows.ts'

/**
 * Stores a batch in one transaction. A span that is already there stays as it was, so that a sender may repeat a request
 * whose answer it did not see. Returns how many spans of each agent were new.
 */
export async function insertTelemetry(
  db: StoreDatabase,
  batch: TelemetryBatch,
  receivedAt: number,
): Promise<Map<string, number>> {
  return await commitTogether(db, async (transaction) => {
    const inserted = new Map<string, number>()
    if (batch.steps !== undefined) await insertNew(transaction, 'step_record', batch.steps.map(stepRow))
    for (const [agent, part] of batchesByAgent(batch)) {
      const calls = await insertNew(
        transaction,
        'call_record',
        part.calls.map((call) => callRow(call, receivedAt)),
      )
      const validations = await insertNew(transaction, 'validation_record', part.validations.map(validationRow))
      const decisions = await insertNew(transaction, 'decision_record', part.decisions.map(decisionRow))
      inserted.set(agent, calls + validations + decisions)
      await touchAgent(transaction, agent, timesOf(part), calls)
    }
    return inserted
  })
}

function batchesByAgent({ calls, validations, decisions }: TelemetryBatch): Map<string, TelemetryBatch> {
  const callsOf = Map.groupBy(calls, ({ agent }) => agent)
  const validationsOf = Map.groupBy(validations, ({ agent }) => agent)
  const decisionsOf = Map.groupBy(decisions, ({ agent }) => agent)
  const agents = new Set([...callsOf.keys(), ...validationsOf.keys(), ...decisionsOf.keys()])
  const partOf = (agent: string): TelemetryBatch => ({
    calls: callsOf.get(agent) ?? [],
    validations: validationsOf.get(agent) ?? [],
    decisions: decisionsOf.get(agent) ?? [],
  })
  // in one order everywhere, so that two processes never wait for each other's agents
  return new Map([...agents].toSorted().map((agent) => [agent, partOf(agent)]))
}

function timesOf({ calls, validations, decisions }: TelemetryBatch): number[] {
  return [...calls.map(({ startedAt }) => startedAt), ...[...validations, ...decisions].map(({ at }) => at)]
}

async function touchAgent(db: StoreDatabase, agent: string, times: readonly number[], inserted: number): Promise<void> {
  const first = times.reduce((a, b) => Math.min(a, b), Infinity)
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity)
  await db
    .insertInto('agent')
    .values({ name: agent, first_seen_at: first, last_seen_at: last, calls: inserted })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((update) => ({
        first_seen_at: update
          .case()
          .when('agent.first_seen_at', '>', first)
          .then(first)
          .else(update.ref('agent.first_seen_at'))
          .end(),
        last_seen_at: update
          .case()
          .when('agent.last_seen_at', '<', last)
          .then(last)
          .else(update.ref('agent.last_seen_at'))
          .end(),
        calls: update('agent.calls', '+', inserted),
      })),
    )
    .execute()
}
