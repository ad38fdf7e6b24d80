import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { settingsOf, type AgentSettings, type Configuration } from '../config.ts'
import type { SentinelReport } from '../domain/sentinel.ts'
import type { VerdictRecord } from '../domain/verdict.ts'
import { agentsSeen, type SeenAgent } from '../store/agents.ts'
import { expireAudit } from '../store/audit.ts'
import { currentBaseline } from '../store/baselines.ts'
import { expireContent } from '../store/content-retention.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { expireTelemetry } from '../store/retention.ts'
import { releaseSentinelRunsOf } from '../store/sentinel-runs.ts'
import { newestDoneSlot, releaseSlotsOf } from '../store/slots.ts'
import { expireDeliveries } from '../store/webhook-deliveries.ts'
import type { BaselineSummaries } from './baseline-summaries.ts'
import { dueSlots } from './due-slots.ts'
import type { Guarded } from './guarded.ts'
import { LostLease } from './held-slot.ts'
import type { SentinelRunner } from './sentinel-runner.ts'
import type { SlotRunner } from './slot-runner.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** What webhooks were told stays to be looked at for this long. */
const DELIVERIES_KEPT_MILLISECONDS = 30 * DAY

/** One whose answers are slow must not keep the others from their turn. */
const AGENTS_REPLAYED_AT_ONCE = 4

export type DueWork = {
  /** One pass after the other: slots of an agent are run in order. */
  runDue(now: number, only?: string): Promise<readonly VerdictRecord[]>
  /** Beside the slots of production: asking takes long, and waits for nobody. */
  runSentinelsDue(now: number, only?: string): Promise<readonly SentinelReport[]>
  /** Agents whose newest run failed, with its time, epoch milliseconds. */
  failedRuns(): ReadonlyMap<string, number>
  /** Once what is under way has ended, well or not. */
  ended(): Promise<void>
}

/** Runs what is due: slots and replays of every agent, each in an order of its own, and what is too old goes. */
export function createDueWork({
  db,
  config,
  clock,
  logger,
  runner,
  sentinels,
  summarise,
  guarded,
  isOwnerGone,
  stopping,
}: {
  db: StoreDatabase
  config: Configuration
  clock: () => number
  logger: Logger
  runner: SlotRunner
  sentinels: SentinelRunner
  summarise: BaselineSummaries
  guarded: Guarded
  /** Whether a holder of leases is known to have ended. */
  isOwnerGone: (name: string) => boolean
  stopping: AbortSignal
}): DueWork {
  const failedRuns = new Map<string, number>()
  let running: Promise<readonly VerdictRecord[]> = Promise.resolve([])
  let replaying: Promise<readonly SentinelReport[]> = Promise.resolve([])
  let expiredAt = -Infinity

  async function runAgent(agent: SeenAgent, settings: AgentSettings, now: number): Promise<VerdictRecord[]> {
    const baseline = await currentBaseline(db, agent.name)
    const due = dueSlots(settings, {
      now,
      newestDone: await newestDoneSlot(db, agent.name),
      firstSeenAt: agent.firstSeenAt,
      baselineUntil: baseline === null ? null : summarise(baseline).windowEnd,
    })
    const verdicts: VerdictRecord[] = []
    for (const slot of due) {
      const verdict = await runner.run(agent.name, settings, slot)
      if (verdict === null) break
      verdicts.push(verdict)
      // the store answers without waiting, so a long catch-up would let nobody else in
      await setImmediate()
    }
    failedRuns.delete(agent.name)
    return verdicts
  }

  /** Apart from the slots of production: asking takes long, and waits for nobody. */
  async function runSentinelsNow(now: number, only?: string): Promise<readonly SentinelReport[]> {
    const reports: SentinelReport[] = []
    await guarded(() => releaseSentinelRunsOf(db, isOwnerGone))
    const waiting = (await guarded(() => agentsSeen(db))).map(({ name }) => name)
    async function worker(): Promise<void> {
      for (let name = waiting.shift(); name !== undefined && !stopping.aborted; name = waiting.shift()) {
        const settings = settingsOf(config, name)
        if (settings === undefined || (only !== undefined && name !== only)) continue
        try {
          const report = await guarded(() => sentinels.runDue(name, settings, now))
          if (report !== null) reports.push(report)
        } catch (error) {
          if (stopping.aborted) return
          logger.error({ agent: name, err: error }, 'the replay of frozen inputs failed and will be tried again')
        }
      }
    }
    await Promise.all(Array.from({ length: AGENTS_REPLAYED_AT_ONCE }, worker))
    return reports
  }

  async function runDueNow(now: number, only?: string): Promise<readonly VerdictRecord[]> {
    const verdicts: VerdictRecord[] = []
    await guarded(() => releaseSlotsOf(db, isOwnerGone))
    for (const agent of await guarded(() => agentsSeen(db))) {
      const settings = settingsOf(config, agent.name)
      if (settings === undefined || (only !== undefined && agent.name !== only)) continue
      try {
        verdicts.push(...(await guarded(() => runAgent(agent, settings, now))))
      } catch (error) {
        if (error instanceof LostLease) {
          logger.warn({ agent: agent.name }, error.message)
          continue
        }
        failedRuns.set(agent.name, clock())
        logger.error({ agent: agent.name, err: error }, 'the run failed and will be tried again')
      }
    }
    if (now - expiredAt >= HOUR) {
      expiredAt = now
      await guarded(() => expireTelemetry(db, now - config.retentionDays * DAY))
      await guarded(() => expireAudit(db, now - config.retentionDays * DAY))
      await guarded(() => expireDeliveries(db, now - DELIVERIES_KEPT_MILLISECONDS))
      for (const { name } of await guarded(() => agentsSeen(db))) {
        const days = settingsOf(config, name)?.content.retentionDays ?? 0
        await guarded(() => expireContent(db, name, now - days * DAY))
      }
    }
    return verdicts
  }

  return {
    runDue(now, only) {
      // one pass after the other: slots of an agent are run in order
      running = running.then(
        () => runDueNow(now, only),
        () => runDueNow(now, only),
      )
      return running
    },
    runSentinelsDue(now, only) {
      replaying = replaying.then(
        () => runSentinelsNow(now, only),
        () => runSentinelsNow(now, only),
      )
      return replaying
    },
    failedRuns: () => failedRuns,
    async ended() {
      await running.catch(() => [])
      await replaying.catch(() => [])
    },
  }
}
