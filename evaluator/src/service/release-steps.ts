import type { AgentSettings } from '../config.ts'
import type { Progress } from '../harness/run-questions.ts'
import { intervalMilliseconds } from '../schedule/cadence.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { ScorersByAgent } from './agent-scorers.ts'
import {
  announceChange,
  requireAnnounceable,
  withAnnouncements,
  type Announcement,
  type ListedChange,
} from './announce-change.ts'
import { compareVersions, type CompareRequest, type VersionComparison } from './compare-versions.ts'
import { runGate, type GateReport, type GateRequest } from './run-gate.ts'
import { changesOf } from './told-changes.ts'

/** What a team does around a release. */
export type ReleaseSteps = {
  /**
   * Compares a candidate with the version in force on the same inputs.
   * @throws {TidemarkError} `agent_unknown`, `examples_invalid`, `run_invalid`, `target_invalid`
   */
  gate(
    request: GateRequest,
    around: { readonly stop: AbortSignal; readonly tell: (progress: Progress) => void },
  ): Promise<GateReport>
  /** To be asked before a gate is paid for. @throws {TidemarkError} `change_invalid`, `argument_invalid`, `agent_unknown` */
  requireAnnounceable(announcement: Pick<Announcement, 'change' | 'promotes'>): Promise<void>
  /** Records a change that is about to happen. @throws {TidemarkError} `change_invalid`, `argument_invalid` */
  announce(announcement: Announcement): ReturnType<typeof announceChange>
  /** Changes of an agent, oldest first, planned ones marked. */
  list(agent: string): Promise<readonly ListedChange[]>
  /** Live versions on the same days. @throws {TidemarkError} `agent_unknown`, `argument_invalid` */
  compare(request: CompareRequest): Promise<VersionComparison>
}

export function createReleaseSteps({
  db,
  settingsOf,
  scorers,
  clock,
}: {
  db: StoreDatabase
  /** @throws {TidemarkError} `agent_unknown` */
  settingsOf: (agent: string) => AgentSettings
  scorers: Pick<ScorersByAgent, 'of'>
  clock: () => number
}): ReleaseSteps {
  return {
    async gate(request, around) {
      settingsOf(request.agent)
      return await runGate(db, scorers.of(request.agent), request, { now: clock, ...around })
    },
    async requireAnnounceable(announcement) {
      const { agent } = await requireAnnounceable(db, announcement, clock())
      settingsOf(agent)
    },
    announce: (announcement) => announceChange(db, announcement, clock()),
    list: async (agent) => withAnnouncements(db, agent, await changesOf(db, agent, settingsOf(agent), 0)),
    async compare(request) {
      const { schedule } = settingsOf(request.agent)
      return await compareVersions(db, scorers.of(request.agent), request, {
        intervalMilliseconds: intervalMilliseconds(schedule.cadence),
        size: schedule.batchSize,
      })
    },
  }
}
