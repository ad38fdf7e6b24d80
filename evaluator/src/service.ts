import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setImmediate } from 'node:timers/promises'
import type { Logger } from 'pino'
import { ANY_AGENT, settingsOf, type AgentSettings, type Configuration } from './config.ts'
import { TidemarkError } from './domain/errors.ts'
import { environmentSecret } from './environment-settings.ts'
import type { SentinelReport } from './domain/sentinel.ts'
import type { BaselineSummary, VerdictRecord } from './domain/verdict.ts'
import { createApp } from './http/app.ts'
import { listen, type Listener } from './http/listen.ts'
import type { AgentOverview, ServicePort } from './http/port.ts'
import { renderMetrics } from './publish/metrics.ts'
import type { PublishedState } from './publish/published-state.ts'
import { createScorersByAgent } from './service/agent-scorers.ts'
import { detailsOf, expireVersion, requireVersion, type BaselineDetails } from './service/baseline-versions.ts'
import { createBaselineSummaries } from './service/baseline-summaries.ts'
import { drawExamples, type DrawRequest, type SampleManifest } from './service/draw-examples.ts'
import { dueSlots } from './service/due-slots.ts'
import { forgetTexts, type ForgetCount, type ForgetRequest } from './service/forget-texts.ts'
import { acceptIncident, requireIncident, requireOfControl } from './service/accept-incident.ts'
import { freeze, type FreezeRequest } from './service/freeze.ts'
import { excludeWindow, includeAgain, requireExcludedWindow, type ExclusionParts } from './service/exclude-window.ts'
import { freezeHarnessRun, type FreezeHarnessRequest } from './service/freeze-harness.ts'
import { exportHistory, exportRecords } from './service/export.ts'
import { importRecords, type ImportCount, type ImportOptions } from './service/import-records.ts'
import { createReleaseSteps, type ReleaseSteps } from './service/release-steps.ts'
import { runHarness, type HarnessReport, type HarnessRequest, type Progress } from './service/run-harness.ts'
import { stepIncident } from './service/incident-steps.ts'
import { createIngest } from './service/ingest.ts'
import { isGone, ownerName, type LeaseOwner } from './service/lease-owner.ts'
import { openConfiguredStore } from './service/open-configured-store.ts'
import { pageLedger } from './service/page-ledger.ts'
import { createPublication } from './service/publication.ts'
import { readPublishedState } from './service/published-state.ts'
import { recompute, type Recomputation } from './service/recompute.ts'
import { LEASE_MILLISECONDS, LostLease } from './service/held-slot.ts'
import { attributeChanges, type ChangeParts } from './service/attribute-changes.ts'
import { createSentinelRunner, replayInputs } from './service/sentinel-runner.ts'
import {
  recomputeSentinels,
  sentinelInputs,
  sentinelStatus,
  type SentinelInputStatus,
} from './service/sentinel-status.ts'
import { createSlotRunner } from './service/slot-runner.ts'
import { changesOf } from './service/told-changes.ts'
import { createWebhooks } from './service/webhooks.ts'
import { agentsSeen, type SeenAgent } from './store/agents.ts'
import { auditEntries, expireAudit, insertAuditEntry } from './store/audit.ts'
import { baselinesOf, currentBaseline } from './store/baselines.ts'
import { excludedWindowsOf } from './store/excluded-windows.ts'
import { incidentsOf } from './store/incidents.ts'
import type { Store } from './store/open-store.ts'
import { openReviewItems, reviewCounts } from './store/reviews.ts'
import { verdictOf, verdictsOf } from './store/runs.ts'
import { databaseTime, newestDoneSlot, releaseSlotsOf } from './store/slots.ts'
import { releaseSentinelRunsOf } from './store/sentinel-runs.ts'
import { openTarget } from './target/open-target.ts'
import { targetText } from './target/target-settings.ts'
import { expireContent } from './store/content-retention.ts'
import { expireTelemetry } from './store/retention.ts'
import type { Window } from './store/telemetry.ts'
import { trafficOf, type Traffic } from './store/traffic.ts'
import { expireDeliveries } from './store/webhook-deliveries.ts'

export type Service = ServicePort & {
  /** Listens on the configured address. @throws {TidemarkError} `listen_failed`, `public_without_tokens` */
  start(): Promise<{ url: string }>
  /**
   * Answers in place of another service, on its address and without a gap; that one has then answered what it was asked,
   * and is to be stopped. @throws {TidemarkError} `config_unreadable`, `config_invalid` for a token file; nothing has changed
   */
  takeOver(from: Service): Promise<void>
  /** Gives the listener away, for {@link Service.takeOver}. */
  release(): Listener | null
  /** Looks for due slots every half minute. */
  startSchedule(): void
  /**
   * Claims and runs every due slot of every agent, or of one, oldest first, and returns the verdicts of this process.
   * A slot that fails is given back, and the later ones of its agent wait for it.
   */
  runDue(now: number, only?: string): Promise<readonly VerdictRecord[]>
  /**
   * Replays frozen inputs of every agent, or of one, whose daily slot is due, and returns the reports of this process. It does
   * not wait for the slots of production, nor they for it.
   */
  runSentinelsDue(now: number, only?: string): Promise<readonly SentinelReport[]>
  /**
   * Takes simultaneous changes apart: every combination of them, as a target of its own, is asked all frozen inputs.
   * @throws {TidemarkError} `argument_invalid`, `target_invalid`
   */
  attributeChanges(request: {
    readonly agent: string
    readonly changes: readonly string[]
    readonly targets: readonly string[]
    readonly score: string
  }): Promise<ChangeParts>
  /** What every frozen input came to. */
  sentinelInputs(agent: string): Promise<readonly SentinelInputStatus[]>
  /** Audits the newest replays from what is stored. */
  recomputeSentinels(agent: string): Promise<{ runs: number; isEqual: boolean }>
  /** Agents whose newest run failed, with its time, epoch milliseconds. */
  failedRuns(): ReadonlyMap<string, number>
  /** @throws {TidemarkError} `agent_unknown`, `window_invalid`, `window_empty`, `baseline_too_small`, `baseline_exists` */
  freezeBaseline(request: FreezeRequest): Promise<BaselineSummary>
  /** @throws {TidemarkError} `agent_unknown`, `run_invalid`, `examples_invalid`, `baseline_too_small`, `baseline_exists` */
  freezeHarness(request: FreezeHarnessRequest): Promise<BaselineSummary>
  /** Real examples for the harness. @throws {TidemarkError} `agent_unknown`, `examples_invalid`, `window_empty` */
  drawExamples(request: DrawRequest): Promise<{ readonly text: string; readonly manifest: SampleManifest }>
  /** Asks a target and reports. @throws {TidemarkError} `agent_unknown`, `examples_invalid`, `run_invalid`, `target_invalid` */
  runHarness(
    request: HarnessRequest,
    around: { readonly stop: AbortSignal; readonly tell: (progress: Progress) => void },
  ): Promise<HarnessReport>
  /** What a version holds, by default the newest. @throws {TidemarkError} `argument_invalid` */
  baselineDetails(agent: string, version?: number): Promise<BaselineDetails>
  /** Lets a version expire now, by default the one in force. @throws {TidemarkError} `argument_invalid` */
  expireBaseline(request: Parameters<typeof expireVersion>[1]): Promise<BaselineSummary>
  /** Gate, announced changes, live versions side by side. */
  readonly releases: ReleaseSteps
  /** Stores records that come as JSON lines, or another tool's export. @throws {TidemarkError} `import_invalid` */
  importRecords(
    lines: AsyncIterable<string>,
    tell: (count: ImportCount) => void,
    options?: ImportOptions,
  ): Promise<ImportCount>
  /** Records of a window as JSON lines, oldest first. */
  exportRecords(agent: string, window: Window): AsyncGenerator<string>
  /** The published history as OpenMetrics text. @throws {TidemarkError} `window_empty` */
  exportHistory(agent: string, window: Window, options: { step?: number; until?: number }): AsyncGenerator<string>
  /** Audits a verdict from what is stored. @throws {TidemarkError} `argument_invalid` */
  recompute(agent: string, slotAt?: number): Promise<Recomputation>
  agentsSeen(): Promise<readonly SeenAgent[]>
  /** What the newest calls of an agent are made of. */
  inspectTraffic(agent: string): Promise<Traffic>
  /** Deletes the records of a conversation or a user, or a frozen input. @throws {TidemarkError} `agent_unknown` */
  forget(agent: string, whose: ForgetRequest): Promise<ForgetCount>
  /**
   * Sends what is configured under `publish`: the state by OTLP, and what webhooks have not been told yet.
   * @throws {TidemarkError} `publish_failed` when the OTLP receiver took nothing
   */
  publish(): Promise<void>
  stop(): Promise<void>
}

const TICK_MILLISECONDS = 30_000
const HOUR = 3_600_000
const DAY = 24 * HOUR
/** What webhooks were told stays to be looked at for this long. */
const DELIVERIES_KEPT_MILLISECONDS = 30 * DAY

/**
 * The composition root: store, ingest, schedule, publication and HTTP joined together.
 * @param clock epoch milliseconds; simulated by those who play back the past
 * @param host names this machine in leases: holders on it that have ended are known to be gone
 * @param leaseMilliseconds how long a slot is waited for when its holder falls silent
 * @throws {TidemarkError} `store_unavailable`, `store_too_new`
 */
export async function createService({
  config,
  clock,
  logger,
  host = hostname(),
  leaseMilliseconds = LEASE_MILLISECONDS,
}: {
  config: Configuration
  clock: () => number
  logger: Logger
  host?: string
  leaseMilliseconds?: number
}): Promise<Service> {
  const store = await openConfiguredStore(config.store)
  const { db } = store
  const ingest = await createIngest({ db, config, clock })
  const owner: LeaseOwner = { host, pid: process.pid, id: randomUUID() }
  // leases are about processes, so their time is the real one, and one for all machines
  const leaseTime = store.engine === 'postgres' ? () => databaseTime(db) : () => Promise.resolve(Date.now())
  const webhooks = createWebhooks({ db, settings: config.publish, logger })
  const scorers = await orClose(store, () =>
    createScorersByAgent({ db, config, clock, apiKey: environmentSecret(process.env, 'OPENAI_API_KEY') }),
  )
  const runner = createSlotRunner({
    db,
    clock,
    logger,
    owner: ownerName(owner),
    lease: { now: leaseTime, milliseconds: leaseMilliseconds },
    webhooks,
    scorers,
    scored: (items) => publication.slotDone(items),
  })
  const stopping = new AbortController()
  const sentinels = createSentinelRunner({
    db,
    clock,
    random: Math.random,
    logger,
    owner: ownerName(owner),
    lease: { now: leaseTime, milliseconds: leaseMilliseconds },
    webhooks,
    scorers,
    openTarget: (target) => openTarget(targetText(target), 'sentinel'),
    stop: stopping.signal,
  })
  const summarise = createBaselineSummaries()
  const failedRuns = new Map<string, number>()
  let storeErrors = 0
  let listener: Listener | null = null
  let timer: NodeJS.Timeout | null = null
  let telling: Promise<void> = Promise.resolve()
  let running: Promise<readonly VerdictRecord[]> = Promise.resolve([])
  let replaying: Promise<readonly SentinelReport[]> = Promise.resolve([])
  let expiredAt = -Infinity

  /** Every access from outside goes through here: failures of the store are counted. */
  async function guarded<Result>(work: () => Promise<Result>): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      if (error instanceof TidemarkError && error.code === 'store_unavailable') storeErrors++
      throw error
    }
  }

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
    await guarded(() => releaseSentinelRunsOf(db, (name) => isGone(name, owner, isAlive)))
    for (const { name } of await guarded(() => agentsSeen(db))) {
      const settings = settingsOf(config, name)
      if (settings === undefined || (only !== undefined && name !== only)) continue
      try {
        const report = await guarded(() => sentinels.runDue(name, settings, now))
        if (report !== null) reports.push(report)
      } catch (error) {
        if (stopping.signal.aborted) break
        logger.error({ agent: name, err: error }, 'the replay of frozen inputs failed and will be tried again')
      }
    }
    return reports
  }

  async function runDueNow(now: number, only?: string): Promise<readonly VerdictRecord[]> {
    const verdicts: VerdictRecord[] = []
    await guarded(() => releaseSlotsOf(db, (name) => isGone(name, owner, isAlive)))
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

  const exclusionParts = (agent: string, now: number): ExclusionParts => ({
    db,
    settings: requireAgent(config, agent),
    scorers: scorers.of(agent),
    keptMilliseconds: config.retentionDays * DAY,
    webhooks,
    now,
  })

  const publishedState = (): Promise<PublishedState> =>
    guarded(() =>
      readPublishedState(store, { config, summarise, counts: ingest.counts, storeErrors, failedRuns, now: clock() }),
    )
  const publication = createPublication({
    settings: config.publish,
    webhooks,
    instance: owner.id,
    read: publishedState,
    logger,
  })

  function look(): void {
    void tick(service, clock(), logger)
    telling = telling.then(tell)
  }

  async function tell(): Promise<void> {
    try {
      await guarded(() => webhooks.deliver(clock()))
    } catch (error) {
      logger.error({ err: error }, 'webhooks could not be told and will be tried again')
    }
  }

  const newApp = () =>
    createApp({
      service,
      tokens: config.tokens,
      signIn: config.signIn,
      publicUrl: config.publish.url,
      limits: config.limits,
      host: config.listen.host,
      logger,
      now: clock,
    })

  const service: Service = {
    async start() {
      listener = await listen(newApp(), { ...config.listen, tokens: config.tokens, signIn: config.signIn })
      return { url: listener.url }
    },
    async takeOver(from) {
      const app = newApp()
      listener = from.release()
      await listener?.answerWith(app)
    },
    release() {
      const released = listener
      listener = null
      return released
    },
    startSchedule() {
      publication.start()
      timer ??= setInterval(look, TICK_MILLISECONDS)
      look()
    },
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
    sentinelStatus: (agent) => guarded(() => sentinelStatus(db, agent, requireAgent(config, agent))),
    attributeChanges: ({ agent, changes, targets, score }) =>
      guarded(async () => {
        const { target } = requireAgent(config, agent)
        if (target === undefined) throw noTarget(agent)
        const scorer = scorers.of(agent).scorers.find(({ name }) => name === score)
        if (scorer === undefined)
          throw new TidemarkError('argument_invalid', `Agent ${agent} has no score ${score}.`, 'Name one with --score.')
        const opened = targets.map((text) => openTarget(text, 'sentinel'))
        try {
          const { concurrency, timeoutSeconds } = target
          const inputs = await replayInputs(db, agent)
          const request = { agent, changes, targets: opened, inputs, scorer, concurrency, timeoutSeconds }
          return await attributeChanges({ ...request, key: randomUUID(), now: clock })
        } finally {
          await Promise.all(opened.map((one) => one.close()))
        }
      }),
    sentinelInputs: (agent) => guarded(() => sentinelInputs(db, agent)),
    recomputeSentinels: (agent) => guarded(() => recomputeSentinels(db, agent)),
    failedRuns: () => failedRuns,
    async runAgent(agent) {
      requireAgent(config, agent)
      return await service.runDue(clock(), agent)
    },
    async freezeBaseline(request) {
      const settings = requireAgent(config, request.agent)
      return await guarded(() => freeze(db, settings, scorers.of(request.agent), request, clock(), webhooks))
    },
    freezeHarness: (request) =>
      guarded(() =>
        freezeHarnessRun(
          db,
          requireAgent(config, request.agent),
          scorers.of(request.agent),
          request,
          clock(),
          webhooks,
        ),
      ),
    drawExamples: (request) => guarded(() => drawExamples(db, requireAgent(config, request.agent), request)),
    runHarness: (request, around) =>
      guarded(() =>
        runHarness(requireAgent(config, request.agent), scorers.of(request.agent), request, { now: clock, ...around }),
      ),
    releases: createReleaseSteps({ db, settingsOf: (agent) => requireAgent(config, agent), scorers, clock }),
    importRecords: (lines, tell, options) => guarded(() => importRecords(lines, ingest, tell, options)),
    exportRecords: (agent, window) => exportRecords(db, agent, window),
    exportHistory: (agent, window, options) => exportHistory(db, agent, window, options),
    recompute: (agent, slotAt) => guarded(() => recompute(db, agent, slotAt)),
    agentsSeen: () => guarded(() => agentsSeen(db)),
    inspectTraffic: (agent) => guarded(() => trafficOf(db, agent, settingsOf(config, agent)?.segments ?? [])),
    forget: (agent, whose) => guarded(() => forgetTexts(db, agent, whose, clock())),
    ingestTraces: (request, mayWrite) => guarded(() => ingest.traces(request, mayWrite)),
    ingestLogs: (request, mayWrite) => guarded(() => ingest.logs(request, mayWrite)),
    acceptScores: (body, mayWrite) => guarded(() => ingest.scores(body, mayWrite)),
    acceptChange: (body, mayWrite) => guarded(() => ingest.change(body, mayWrite)),
    countRefusedBody: (error) => ingest.countRefusedBody(error),
    acceptEscalation: (body, mayWrite) => guarded(() => ingest.escalation(body, mayWrite)),
    listAgents: () => guarded(listAgents),
    verdict: (agent, slotAt) => guarded(() => verdictOf(db, agent, slotAt)),
    verdicts: (agent, limit) => guarded(() => verdictsOf(db, agent, limit)),
    changes: (agent, since) => guarded(() => changesOf(db, agent, settingsOf(config, agent), since)),
    baselines: (agent) => guarded(async () => (await baselinesOf(db, agent)).map(summarise)),
    baselineDetails: (agent, version) =>
      guarded(async () => detailsOf(await requireVersion(db, agent, version), summarise)),
    expireBaseline: (request) => guarded(async () => summarise(await expireVersion(db, request, clock()))),
    incidents: (agent) => guarded(() => incidentsOf(db, agent)),
    resolveIncident: (id, action, by) =>
      guarded(async () => {
        if (action !== 'accepted') return await stepIncident(db, { id, action, by, now: clock() }, webhooks)
        const settings = requireAgent(config, requireOfControl(await requireIncident(db, id)).agent)
        return (
          await acceptIncident(db, settings, { id, by, now: clock() }, (request) => service.freezeBaseline(request))
        ).incident
      }),
    excludedWindows: (agent) => guarded(() => excludedWindowsOf(db, agent)),
    async excludeWindow({ by, ...window }) {
      const now = clock()
      const excluded = { ...window, id: randomUUID(), excludedAt: now, excludedBy: by, removed: null }
      return await guarded(() => excludeWindow(exclusionParts(window.agent, now), excluded))
    },
    includeWindow: (request) =>
      guarded(async () => {
        const { agent } = await requireExcludedWindow(db, request.id)
        return await includeAgain(exclusionParts(agent, clock()), request)
      }),
    ledger: (agent) => {
      const falsePagesPerYear = settingsOf(config, agent)?.paging.falsePagesPerYear ?? null
      return guarded(() => pageLedger(db, agent, { falsePagesPerYear, now: clock() }))
    },
    openReviews: (agent, limit) => guarded(() => openReviewItems(db, agent, limit)),
    auditLog: (query) => guarded(() => auditEntries(db, query)),
    audit: (entry) => guarded(() => insertAuditEntry(db, entry)),
    async metrics() {
      return await renderMetrics(await publishedState())
    },
    async publish() {
      await guarded(() => publication.publish(clock()))
    },
    async ready() {
      await guarded(() => store.bytes())
    },
    async stop() {
      if (timer !== null) clearInterval(timer)
      timer = null
      await listener?.stop()
      listener = null
      stopping.abort()
      await running.catch(() => [])
      await replaying.catch(() => [])
      await scorers.close()
      await telling
      await publication.stop()
      await store.close()
    },
  }

  async function listAgents(): Promise<AgentOverview[]> {
    const reviews = await reviewCounts(db)
    const overviews: AgentOverview[] = []
    for (const { name, lastSeenAt, calls } of await agentsSeen(db)) {
      const open = reviews.filter((count) => count.agent === name && count.state === 'open')
      overviews.push({
        agent: name,
        lastSeenAt,
        calls,
        openReviewItems: open.reduce((sum, { items }) => sum + items, 0),
        verdict: (await verdictOf(db, name)) ?? null,
      })
    }
    return overviews
  }

  return service
}

/** A start that fails must not keep the store. */
async function orClose<Made>(store: Store, make: () => Made): Promise<Made> {
  try {
    return make()
  } catch (error) {
    await store.close()
    throw error
  }
}

/** What is asked must be without side effects, and only the configuration says so. */
function noTarget(agent: string): TidemarkError {
  return new TidemarkError(
    'argument_invalid',
    `The configuration has no target of ${agent} with "sideEffects: none".`,
    'Add it, if calls that carry tidemark.origin change nothing outside the agent.',
  )
}

function requireAgent(config: Configuration, agent: string): AgentSettings {
  const settings = settingsOf(config, agent)
  if (settings !== undefined) return settings
  throw new TidemarkError(
    'agent_unknown',
    `Agent ${agent} is not in the configuration.`,
    `Add it under agents: in tidemark.yaml, or an entry "${ANY_AGENT}" for every agent.`,
  )
}

/** One pass of the clock. What fails is logged: nobody waits for it, and an error that nobody hears ends the process. */
async function tick(service: Service, now: number, logger: Logger): Promise<void> {
  const pass = async (work: () => Promise<unknown>, problem: string): Promise<void> => {
    try {
      await work()
    } catch (error) {
      logger.error({ err: error }, problem)
    }
  }
  await Promise.all([
    pass(() => service.runSentinelsDue(now), 'looking for due replays failed and will be tried again'),
    pass(() => service.runDue(now), 'looking for due slots failed and will be tried again'),
  ])
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // a process of another user answers EPERM, and is alive
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
