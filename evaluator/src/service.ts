import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Logger } from 'pino'
import { settingsOf, type Configuration } from './config.ts'
import { environmentSecret } from './environment-settings.ts'
import { createApp } from './http/app.ts'
import { listen, type Listener } from './http/listen.ts'
import { renderMetrics } from './publish/metrics.ts'
import type { PublishedState } from './publish/published-state.ts'
import { listAgents } from './composition/agent-overviews.ts'
import { createScorersByAgent } from './service/agent-scorers.ts'
import { createAgentSteps } from './composition/agent-steps.ts'
import { createBaselineSummaries } from './service/baseline-summaries.ts'
import { createDueWork } from './service/due-work.ts'
import { exportHistory, exportRecords } from './service/export.ts'
import { forgetTexts } from './service/forget-texts.ts'
import { createGuarded, type Guarded } from './service/guarded.ts'
import { LEASE_MILLISECONDS } from './service/held-slot.ts'
import { importRecords } from './service/import-records.ts'
import { createIngest } from './service/ingest.ts'
import { isGone, ownerName, type LeaseOwner } from './service/lease-owner.ts'
import { openConfiguredStore } from './service/open-configured-store.ts'
import { createPublication } from './service/publication.ts'
import { readPublishedState } from './service/published-state.ts'
import { recompute } from './service/recompute.ts'
import { requireAgent } from './service/required-agent.ts'
import { createSentinelRunner } from './service/sentinel-runner.ts'
import type { Service } from './composition/service-contract.ts'
import { createSlotRunner } from './service/slot-runner.ts'
import { changesOf } from './service/told-changes.ts'
import { createWebhooks } from './service/webhooks.ts'
import { agentsSeen } from './store/agents.ts'
import { auditEntries, insertAuditEntry } from './store/audit.ts'
import type { Store } from './store/open-store.ts'
import { openReviewItems } from './store/reviews.ts'
import { verdictOf, verdictsOf } from './store/runs.ts'
import { databaseTime } from './store/slots.ts'
import { trafficOf } from './store/traffic.ts'
import { openTarget } from './target/open-target.ts'
import { targetText } from './target/target-settings.ts'

export type { Service } from './composition/service-contract.ts'

const TICK_MILLISECONDS = 30_000

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
  const counted = createGuarded()
  const guarded: Guarded = (work) => counted.guarded(work)
  const work = createDueWork({
    db,
    config,
    clock,
    logger,
    runner,
    sentinels,
    summarise,
    guarded,
    isOwnerGone: (name) => isGone(name, owner, isAlive),
    stopping: stopping.signal,
  })
  const agentSteps = createAgentSteps({ db, config, clock, scorers, webhooks, summarise, guarded })
  let listener: Listener | null = null
  let timer: NodeJS.Timeout | null = null
  let telling: Promise<void> = Promise.resolve()

  const publishedState = (): Promise<PublishedState> =>
    guarded(() =>
      readPublishedState(store, {
        config,
        summarise,
        counts: ingest.counts,
        storeErrors: counted.storeErrors(),
        failedRuns: work.failedRuns(),
        now: clock(),
      }),
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
    runDue: (now, only) => work.runDue(now, only),
    runSentinelsDue: (now, only) => work.runSentinelsDue(now, only),
    failedRuns: () => work.failedRuns(),
    ...agentSteps,
    async runAgent(agent) {
      requireAgent(config, agent)
      return await service.runDue(clock(), agent)
    },
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
    listAgents: () => guarded(() => listAgents(db)),
    verdict: (agent, slotAt) => guarded(() => verdictOf(db, agent, slotAt)),
    verdicts: (agent, limit) => guarded(() => verdictsOf(db, agent, limit)),
    changes: (agent, since) => guarded(() => changesOf(db, agent, settingsOf(config, agent), since)),
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
      await work.ended()
      await scorers.close()
      await telling
      await publication.stop()
      await store.close()
    },
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
