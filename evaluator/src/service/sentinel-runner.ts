import type { Logger } from 'pino'
import type { AgentSettings } from '../config.ts'
import { stillExcluded, windowAt, type ExcludedWindow } from '../domain/excluded-window.ts'
import type { ReplayedInput, SentinelReport } from '../domain/sentinel.ts'
import type { Incident } from '../domain/verdict.ts'
import { holdAgent } from '../store/agents.ts'
import { currentBaseline, type StoredBaseline } from '../store/baselines.ts'
import { excludedWindowsOf, revisionOf } from '../store/excluded-windows.ts'
import { incidentsOf, insertIncident } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { sentinelInputsOf } from '../store/sentinel-inputs.ts'
import {
  claimSentinelRun,
  finishSentinelRun,
  newestSentinelSlots,
  renewSentinelRun,
  sentinelRunsOf,
} from '../store/sentinel-runs.ts'
import type { SlotClaim } from '../store/slots.ts'
import { inTransaction } from '../store/transaction.ts'
import type { Target } from '../target/target.ts'
import type { TargetSettings } from '../target/target-settings.ts'
import { readBaseline, type BaselineDocument } from '../verdict/baseline-document.ts'
import { drawSentinels } from '../verdict/sentinel-draw.ts'
import { createSentinelWatch, type SentinelState, type SentinelWatch } from '../verdict/sentinel-watch.ts'
import type { ScorersByAgent } from './agent-scorers.ts'
import { askSentinels, type Asked, type ReplayInput } from './ask-sentinels.ts'
import { holdSlot, LostLease, type LeaseTerms } from './held-slot.ts'
import { countedRun, excludedRun, reportWith, sentinelIncidents } from './replay-sentinels.ts'
import { scoreSentinels } from './score-sentinels.ts'
import { sentinelSlot } from './sentinel-slot.ts'
import type { Webhooks } from './webhooks.ts'

/** No question is begun later than this after the run began: the rest of the day's inputs is left out. */
const LONGEST_ASKING_MILLISECONDS = 2 * 3_600_000

export type SentinelRunner = {
  /** Runs the slot that is due. Null: none is, or another process has it. */
  runDue(agent: string, settings: AgentSettings, now: number): Promise<SentinelReport | null>
}

export function createSentinelRunner({
  db,
  clock,
  random,
  logger,
  owner,
  lease,
  webhooks,
  scorers,
  openTarget,
  stop,
}: {
  db: StoreDatabase
  clock: () => number
  random: () => number
  logger: Logger
  /** Names this process in the leases. */
  owner: string
  lease: LeaseTerms
  webhooks: Pick<Webhooks, 'tell'>
  scorers: Pick<ScorersByAgent, 'of'>
  openTarget: (settings: TargetSettings) => Target
  /** Ends the asking; the run goes on with the next process. */
  stop: AbortSignal
}): SentinelRunner {
  async function run(
    claim: SlotClaim,
    settings: TargetSettings,
    { baseline, document, watch }: { baseline: StoredBaseline; document: BaselineDocument; watch: SentinelWatch },
    signal: AbortSignal,
  ): Promise<SentinelReport> {
    const { agent, slotAt } = claim
    const slot = { agent, slotAt, baseline: baseline.id }
    const started = clock()
    const everExcluded = await excludedWindowsOf(db, agent)
    const excluded = stillExcluded(everExcluded)
    const earlier = await replayStored(db, watch, { ...slot, excluded })
    const inputs = await drawnInputs(db, document, watch, {
      run: earlier,
      perRun: settings.sentinelPerDay,
      key: baseline.id,
    })
    const target = openTarget(settings)
    let asked: Asked[]
    try {
      const until = started + LONGEST_ASKING_MILLISECONDS
      asked = await askSentinels(db, slot, inputs, { target, settings, signal, until, now: clock, random })
    } finally {
      await target.close()
    }
    const own = scorers.of(agent)
    const compared = own.scorers.filter(({ name, version }) =>
      document.scores.some((score) => score.name === name && score.version === version),
    )
    const replays = await scoreSentinels(slot, asked, {
      scorers: { scorers: compared, lags: own.lags },
      at: started,
      signal,
    })
    const incidents = (await incidentsOf(db, agent)).filter(({ suite }) => suite === 'sentinel')
    const facts = factsOf(asked, { slotAt, started, finishedAt: clock() })
    const window = excludedRun(facts, excluded)
    const state = watch.run({ slotAt, replays: window === undefined ? replays : null }, incidents)
    const report = reportWith(facts, state, window)
    const opened = sentinelIncidents(state, { ...slot, now: clock() })
    const revision = revisionOf(everExcluded)
    await finish(db, webhooks, claim, { baseline: baseline.id, replays, report, opened, revision, now: clock() })
    logger.info({ agent, slot: new Date(slotAt).toISOString(), answered: report.answered }, 'sentinels replayed')
    return report
  }

  return {
    async runDue(agent, settings, now) {
      const { target } = settings
      if (target === undefined || target.sentinelPerDay === 0) return null
      const baseline = await currentBaseline(db, agent)
      if (baseline === null) return null
      const newest = await newestSentinelSlots(db, agent)
      const slotAt = sentinelSlot(settings, { now, newestDone: newest.done, baselineCreatedAt: baseline.createdAt })
      if (slotAt === null) return null
      // an agent under maintenance is asked when it is over
      if (windowAt(stillExcluded(await excludedWindowsOf(db, agent)), now) !== undefined) return null
      const document = readBaseline(baseline.document)
      const watch = createSentinelWatch(document)
      if (watch === null) return null
      const holder = { owner, now: await lease.now(), leaseMilliseconds: lease.milliseconds }
      const claim = await claimSentinelRun(db, { agent, slotAt }, holder)
      if (claim === null) return null
      try {
        return await holdSlot(
          db,
          claim,
          lease,
          (signal) => run(claim, target, { baseline, document, watch }, AbortSignal.any([signal, stop])),
          (leaseUntil) => renewSentinelRun(db, claim, leaseUntil),
        )
      } catch (error) {
        await renewSentinelRun(db, claim, 0)
        throw error
      }
    },
  }
}

/** Feeds a new watch with the stored runs before a slot, and returns how many they were. */
async function replayStored(
  db: StoreDatabase,
  watch: SentinelWatch,
  {
    agent,
    slotAt,
    baseline,
    excluded,
  }: { agent: string; slotAt: number; baseline: string; excluded: readonly ExcludedWindow[] },
): Promise<number> {
  const incidents = (await incidentsOf(db, agent)).filter(({ suite }) => suite === 'sentinel')
  const runs = await sentinelRunsOf(db, agent, { baseline, until: slotAt - 1 })
  for (const run of runs) {
    watch.run(countedRun(run, excluded), incidents)
  }
  return runs.length
}

/** All inputs of the baseline in force whose text is there, with the hash that was frozen. */
export async function replayInputs(db: StoreDatabase, agent: string): Promise<ReplayInput[]> {
  const baseline = await currentBaseline(db, agent)
  if (baseline === null) return []
  const hashes = new Map((readBaseline(baseline.document).sentinels ?? []).map(({ id, inputHash }) => [id, inputHash]))
  return (await sentinelInputsOf(db, baseline.id))
    .filter(({ input }) => input !== null)
    .map((input) => ({ ...input, inputHash: hashes.get(input.id) ?? null }))
}

async function drawnInputs(
  db: StoreDatabase,
  document: BaselineDocument,
  watch: SentinelWatch,
  draw: { readonly run: number; readonly perRun: number; readonly key: string },
): Promise<ReplayInput[]> {
  const texts = new Map((await sentinelInputsOf(db, draw.key)).map((input) => [input.id, input]))
  const hashes = new Map((document.sentinels ?? []).map(({ id, inputHash }) => [id, inputHash]))
  // of some inputs the content policy kept no text
  const kept = watch.inputs.filter((id) => texts.has(id))
  return drawSentinels(kept, draw).flatMap((id) => {
    const input = texts.get(id)
    return input === undefined ? [] : [{ ...input, inputHash: hashes.get(id) ?? null }]
  })
}

function factsOf(
  asked: readonly Asked[],
  { slotAt, started, finishedAt }: { slotAt: number; started: number; finishedAt: number },
): Omit<SentinelReport, keyof SentinelState | 'excluded'> {
  const failures: Record<string, number> = {}
  for (const { outcome } of asked)
    if (outcome.kind !== 'answer') failures[outcome.kind] = (failures[outcome.kind] ?? 0) + 1
  const answers = asked.flatMap(({ outcome }) => (outcome.kind === 'answer' ? [outcome.answer] : []))
  const costs = answers.flatMap(({ costUsd }) => costUsd ?? [])
  return {
    slotAt,
    finishedAt,
    durationSeconds: (finishedAt - started) / 1000,
    asked: asked.length,
    answered: answers.length,
    failures,
    costUsd: costs.length === 0 ? null : costs.reduce((sum, cost) => sum + cost, 0),
  }
}

async function finish(
  db: StoreDatabase,
  webhooks: Pick<Webhooks, 'tell'>,
  claim: SlotClaim,
  result: {
    baseline: string
    replays: readonly ReplayedInput[]
    report: SentinelReport
    opened: readonly Incident[]
    /** Of the excluded windows that it was computed with. */
    revision: number
    now: number
  },
): Promise<void> {
  await inTransaction(db, async (transaction) => {
    await holdAgent(transaction, claim.agent)
    if (revisionOf(await excludedWindowsOf(transaction, claim.agent)) !== result.revision) throw new LostLease(claim)
    const { baseline, replays, report } = result
    const stored = { baseline, replays: JSON.stringify(replays), report: JSON.stringify(report) }
    if (!(await finishSentinelRun(transaction, claim, stored))) throw new LostLease(claim)
    for (const incident of result.opened) {
      await insertIncident(transaction, incident)
      await webhooks.tell(transaction, { event: 'incident.changed', incident }, result.now)
    }
  })
}
