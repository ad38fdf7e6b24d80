import { TidemarkError } from '../domain/errors.ts'
import type { ChangeEvent } from '../domain/verdict.ts'
import { readChange } from '../ingest/read-change.ts'
import { CONTROL } from '../scoring/arm.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { insertPlannedChange, plannedChanges } from '../store/planned-changes.ts'
import { verdictsOf } from '../store/runs.ts'
import { insertAnnouncedChange } from '../store/signals.ts'
import { inTransaction } from '../store/transaction.ts'
import type { GateReport } from './run-gate.ts'

export type Announcement = {
  /** As `POST /v1/changes` takes it. */
  readonly change: unknown
  /** The gate it passed; null: announced without one. */
  readonly gate: GateReport | null
  /** The variant that becomes control with it. */
  readonly promotes: string | null
}

/** A change as the list shows it. */
export type ListedChange = ChangeEvent & {
  /** `planned`: it passed the gate; `announced`: told of without one; `seen`: only spans show it. */
  readonly status: 'planned' | 'announced' | 'seen'
  readonly promotes: string | null
}

/** Runs whose variants can be promoted. */
const RUNS_LOOKED_AT = 30

/**
 * Records a change that is about to happen. The watch goes on against the same reference in either case: a planned change
 * restarts nothing, and what it breaks all the same is found like any drift.
 * @throws {TidemarkError} `change_invalid`, `argument_invalid` for a gate that did not pass, or a variant nobody has seen
 */
export async function announceChange(
  db: StoreDatabase,
  { change: body, gate, promotes }: Announcement,
  now: number,
): Promise<{ readonly id: string; readonly isNew: boolean; readonly isPlanned: boolean }> {
  const change = await requireAnnounceable(db, { change: body, promotes }, now)
  if (gate !== null && gate.verdict !== 'pass')
    throw new TidemarkError(
      'argument_invalid',
      `The gate of ${change.kind} ${change.value} is ${gate.verdict}, not passed.`,
      'A change that does not pass is not planned: mend it, or announce it without the gate.',
    )
  const planned = {
    id: change.id,
    agent: change.agent,
    kind: change.kind,
    value: change.value,
    at: change.at,
    gate: gate === null ? null : JSON.stringify(gate),
    promotes,
  }
  return await inTransaction(db, async (transaction) => {
    const isNew = await insertAnnouncedChange(transaction, change, now)
    await insertPlannedChange(transaction, planned, now)
    return { id: change.id, isNew, isPlanned: gate !== null }
  })
}

/**
 * What can be announced at all: to be asked before a gate is paid for.
 * @throws {TidemarkError} `change_invalid`, `argument_invalid` for a variant nobody has seen
 */
export async function requireAnnounceable(
  db: StoreDatabase,
  { change: body, promotes }: Pick<Announcement, 'change' | 'promotes'>,
  now: number,
): Promise<ReturnType<typeof readChange>> {
  const change = readChange(body, now)
  if (promotes !== null) await requireVariant(db, change.agent, promotes)
  return change
}

/** Changes with what is known of their announcement. */
export async function withAnnouncements(
  db: StoreDatabase,
  agent: string,
  changes: readonly ChangeEvent[],
): Promise<ListedChange[]> {
  const planned = await plannedChanges(db, agent)
  return changes.map((change) => {
    // a value that passed the gate may come again, and later: the newest announcement before it is the one meant
    const own = planned.findLast(
      ({ kind, value, at }) =>
        kind === change.kind && value === change.value && at <= Math.max(change.at, change.slotAt),
    )
    const status =
      own?.gate == null ? (own === undefined && change.told === undefined ? 'seen' : 'announced') : 'planned'
    return { ...change, status, promotes: own?.promotes ?? null }
  })
}

async function requireVariant(db: StoreDatabase, agent: string, variant: string): Promise<void> {
  const runs = await verdictsOf(db, agent, RUNS_LOOKED_AT)
  const known = new Set(runs.flatMap(({ variants }) => (variants ?? []).map((one) => one.variant)))
  if (variant !== CONTROL && known.has(variant)) return
  throw new TidemarkError(
    'argument_invalid',
    `Agent ${agent} has had no variant ${variant} in its last ${RUNS_LOOKED_AT} runs.`,
    known.size === 0
      ? 'Its calls say no tidemark.variant; only a variant that was compared with control can take over.'
      : `It has ${[...known].join(', ')}.`,
  )
}
