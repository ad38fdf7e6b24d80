import { TidemarkError } from '../domain/errors.ts'
import { renderOpenMetrics } from '../publish/openmetrics.ts'
import { recordsIn } from '../store/export-records.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { verdictsOf } from '../store/runs.ts'
import type { Window } from '../store/telemetry.ts'

/** More than the hours of ten years. */
const ALL_SLOTS = 100_000

/** The records of an agent as JSON lines that an import reads again. */
export async function* exportRecords(db: StoreDatabase, agent: string, window: Window): AsyncGenerator<string> {
  for await (const record of recordsIn(db, agent, window)) yield `${JSON.stringify(record)}\n`
}

/**
 * The published history of an agent as OpenMetrics text with timestamps; `step` (milliseconds) repeats the values of a
 * slot until the next one.
 * @throws {TidemarkError} `window_empty`
 */
export async function* exportHistory(
  db: StoreDatabase,
  agent: string,
  window: Window,
  options: { readonly step?: number; readonly until?: number },
): AsyncGenerator<string> {
  const verdicts = (await verdictsOf(db, agent, ALL_SLOTS)).filter(
    ({ slotAt }) => slotAt >= window.from && slotAt < window.to,
  )
  if (verdicts.length === 0)
    throw new TidemarkError(
      'window_empty',
      `Agent ${agent} has no verdict in that time.`,
      'Widen --from and --to, or see its newest with "tidemark verdict".',
    )
  yield* renderOpenMetrics(verdicts, options)
}
