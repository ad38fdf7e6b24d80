import type { CallRecord, DecisionRecord, StepRecord } from '../domain/records.ts'
import type { StoreDatabase } from './open-store.ts'
import { callFromRow, decisionFromRow } from './telemetry-rows.ts'

/** Keeps a statement below the parameters that SQLite takes. */
const TRACES_PER_QUERY = 400

/** What an agent recorded in some traces, each list by time. */
export type TraceRecords = {
  readonly calls: readonly CallRecord[]
  readonly steps: readonly StepRecord[]
  readonly decisions: readonly DecisionRecord[]
}

/** Everything of these traces. Steps of all agents count: a run may be handed from one to another. */
export async function recordsOfTraces(
  db: StoreDatabase,
  agent: string,
  traces: readonly string[],
): Promise<TraceRecords> {
  const calls: CallRecord[] = []
  const steps: StepRecord[] = []
  const decisions: DecisionRecord[] = []
  for (let start = 0; start < traces.length; start += TRACES_PER_QUERY) {
    const some = traces.slice(start, start + TRACES_PER_QUERY)
    const callRows = await db
      .selectFrom('call_record')
      .selectAll()
      .where('trace_id', 'in', some)
      .where('agent', '=', agent)
      .orderBy('started_at')
      .orderBy('span_id')
      .execute()
    calls.push(...callRows.map(callFromRow))
    const stepRows = await db
      .selectFrom('step_record')
      .selectAll()
      .where('trace_id', 'in', some)
      .orderBy('started_at')
      .orderBy('span_id')
      .execute()
    for (const { trace_id, span_id, started_at, duration_seconds, ...rest } of stepRows)
      steps.push({
        traceId: trace_id,
        spanId: span_id,
        startedAt: started_at,
        durationSeconds: duration_seconds,
        ...rest,
      })
    const decisionRows = await db
      .selectFrom('decision_record')
      .selectAll()
      .where('trace_id', 'in', some)
      .where('agent', '=', agent)
      .orderBy('at')
      .orderBy('span_id')
      .execute()
    decisions.push(...decisionRows.map(decisionFromRow))
  }
  return { calls, steps, decisions }
}
