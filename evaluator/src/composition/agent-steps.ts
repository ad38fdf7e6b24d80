import { randomUUID } from 'node:crypto'
import { settingsOf, type Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { baselinesOf } from '../store/baselines.ts'
import { excludedWindowsOf } from '../store/excluded-windows.ts'
import { incidentsOf } from '../store/incidents.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { openTarget } from '../target/open-target.ts'
import { acceptIncident, requireIncident, requireOfControl } from '../service/accept-incident.ts'
import type { ScorersByAgent } from '../service/agent-scorers.ts'
import { attributeChanges } from '../service/attribute-changes.ts'
import type { BaselineSummaries } from '../service/baseline-summaries.ts'
import { detailsOf, expireVersion, requireVersion } from '../service/baseline-versions.ts'
import { drawExamples } from '../service/draw-examples.ts'
import { excludeWindow, includeAgain, requireExcludedWindow, type ExclusionParts } from '../service/exclude-window.ts'
import { freezeHarnessRun } from '../service/freeze-harness.ts'
import { freeze } from '../service/freeze.ts'
import type { Guarded } from '../service/guarded.ts'
import { stepIncident } from '../service/incident-steps.ts'
import { pageLedger } from '../service/page-ledger.ts'
import { createReleaseSteps } from '../service/release-steps.ts'
import { requireAgent } from '../service/required-agent.ts'
import { runHarness } from '../service/run-harness.ts'
import { replayInputs } from '../service/sentinel-runner.ts'
import { recomputeSentinels, sentinelInputs, sentinelStatus } from '../service/sentinel-status.ts'
import type { Service } from './service-contract.ts'
import type { Webhooks } from '../service/webhooks.ts'

const DAY = 86_400_000

export type AgentSteps = Pick<
  Service,
  | 'sentinelStatus'
  | 'attributeChanges'
  | 'sentinelInputs'
  | 'recomputeSentinels'
  | 'freezeBaseline'
  | 'freezeHarness'
  | 'drawExamples'
  | 'runHarness'
  | 'releases'
  | 'baselines'
  | 'baselineDetails'
  | 'expireBaseline'
  | 'incidents'
  | 'resolveIncident'
  | 'excludedWindows'
  | 'excludeWindow'
  | 'includeWindow'
  | 'ledger'
>

/** What people do with one agent: baselines, harness, replays, releases, incidents, excluded time. */
export function createAgentSteps({
  db,
  config,
  clock,
  scorers,
  webhooks,
  summarise,
  guarded,
}: {
  db: StoreDatabase
  config: Configuration
  clock: () => number
  scorers: Pick<ScorersByAgent, 'of'>
  webhooks: Pick<Webhooks, 'tell'>
  summarise: BaselineSummaries
  guarded: Guarded
}): AgentSteps {
  const exclusionParts = (agent: string, now: number): ExclusionParts => ({
    db,
    settings: requireAgent(config, agent),
    scorers: scorers.of(agent),
    keptMilliseconds: config.retentionDays * DAY,
    webhooks,
    now,
  })

  const steps: AgentSteps = {
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
          await acceptIncident(db, settings, { id, by, now: clock() }, (request) => steps.freezeBaseline(request))
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
  }
  return steps
}

/** What is asked must be without side effects, and only the configuration says so. */
function noTarget(agent: string): TidemarkError {
  return new TidemarkError(
    'argument_invalid',
    `The configuration has no target of ${agent} with "sideEffects: none".`,
    'Add it, if calls that carry tidemark.origin change nothing outside the agent.',
  )
}
