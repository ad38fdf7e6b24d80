import type { AgentSettings } from '../config.ts'
import type { AnnouncedChange } from '../domain/signals.ts'
import type { ChangeEvent, VerdictRecord } from '../domain/verdict.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import { slotTimes } from '../schedule/slot-times.ts'
import { holdAgent } from '../store/agents.ts'
import { baselinesOf } from '../store/baselines.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { changesSince, replaceVerdict, verdictsOf } from '../store/runs.ts'
import { announcedChanges } from '../store/signals.ts'
import { inTransaction } from '../store/transaction.ts'
import { readBaseline } from '../verdict/baseline-document.ts'
import { joinTold, withTold } from '../verdict/told-changes.ts'

/** The newest ones: a pipeline that tells of every deployment may have told of thousands. */
const MOST_CHANGES = 500
/** Verdicts that a change of the past ranks again: a year of daily ones. */
const MOST_VERDICTS = 400

/** What somebody told of an agent's changes since a time, each in the slot whose window it falls into, oldest first. */
export async function toldChanges(
  db: StoreDatabase,
  agent: string,
  settings: AgentSettings,
  since: number,
): Promise<ChangeEvent[]> {
  const told = await announcedChanges(db, agent, { since, limit: MOST_CHANGES })
  return told.map((change) => toldEvent(change, settings))
}

/**
 * Every change of an agent since a time, whether spans show it or somebody told of it, oldest first.
 * @param settings undefined for an agent that is no longer watched: what was told has no slot then
 */
export async function changesOf(
  db: StoreDatabase,
  agent: string,
  settings: AgentSettings | undefined,
  since: number,
): Promise<ChangeEvent[]> {
  const seen = await changesSince(db, agent, since)
  if (settings === undefined) return seen
  return joinTold(seen, await toldChanges(db, agent, settings, since), intervalMilliseconds(settings.schedule.cadence))
}

/**
 * Ranks the causes of verdicts again whose slots came after a change that was told of only now. Evidence stays: what
 * somebody tells is no observation.
 */
export async function rankAgain(db: StoreDatabase, agent: string, settings: AgentSettings, at: number): Promise<void> {
  await inTransaction(db, async (transaction) => {
    await holdAgent(transaction, agent)
    const verdicts = (await verdictsOf(transaction, agent, MOST_VERDICTS)).filter(
      ({ slotAt, baseline }) => slotAt > at && baseline !== null,
    )
    if (verdicts.length === 0) return
    const startOf = new Map(
      (await baselinesOf(transaction, agent)).map(({ id, document }) => [id, readBaseline(document).window.to]),
    )
    const told = await toldChanges(transaction, agent, settings, Math.min(...startOf.values()))
    for (const verdict of verdicts) {
      const ranked = withTold(verdict, sinceBaseline(verdict, told, startOf))
      await replaceVerdict(transaction, ranked)
    }
  })
}

/** What a baseline has seen itself explains no difference from it. */
function sinceBaseline(
  { baseline }: VerdictRecord,
  told: readonly ChangeEvent[],
  startOf: ReadonlyMap<string, number>,
): ChangeEvent[] {
  const start = startOf.get(baseline?.id ?? '') ?? -Infinity
  return told.filter(({ at }) => at >= start)
}

function toldEvent({ kind, value, at, by, link }: AnnouncedChange, settings: AgentSettings): ChangeEvent {
  const interval = intervalMilliseconds(settings.schedule.cadence)
  // months differ in length
  const [slotAt = at + interval] = slotTimes(settings, { after: at, until: at + 2 * interval })
  return { kind, from: null, value, slotAt, at, told: { by, link, isSeen: false } }
}
