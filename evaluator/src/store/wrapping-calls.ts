import type { StoreDatabase } from './open-store.ts'
import type { Window } from './telemetry.ts'
import { timeBound } from './time-bound.ts'

/** Span ids, as `trace/span`, of an agent's calls that wrap a call recorded under another agent's name. */
export async function callsWrappingAnotherAgents(
  db: StoreDatabase,
  agent: string,
  { from, to }: Window,
): Promise<Set<string>> {
  const rows = await db
    .selectFrom('call_record as outer')
    .innerJoin('call_record as inside', (join) =>
      join.onRef('inside.trace_id', '=', 'outer.trace_id').onRef('inside.parent_span_id', '=', 'outer.span_id'),
    )
    .select(['outer.trace_id', 'outer.span_id'])
    .where('outer.agent', '=', agent)
    .where('outer.started_at', '>=', timeBound(from))
    .where('outer.started_at', '<', timeBound(to))
    .whereRef('inside.agent', '<>', 'outer.agent')
    .execute()
  return new Set(rows.map(({ trace_id, span_id }) => `${trace_id}/${span_id}`))
}
