import {
  createDetector,
  replayStrata,
  type DetectorStep,
  type ScoredItem,
  type StreamDefinition,
} from '../statistics/index.ts'
import { cappedExp } from './capped-evidence.ts'
import type { AnchorValue, FrozenAnchors } from './frozen-anchors.ts'
import type { RecentRun } from './recent-runs.ts'
import { TOLERANCE } from './streams.ts'
import type { DetectorIncident } from './watched-detector.ts'

/**
 * Watches one judge by its anchors: the detector of STATISTICS §8, with the anchor as stratum and both directions. What it
 * found stays until its incident is resolved: a judge that is put back does not turn its own page into one about the agent.
 */
export type JudgeWatch = {
  readonly score: string
  readonly frozen: FrozenAnchors
  /** Values of the anchors since the slot, all of them where no slot is given. */
  since(slotAt: number): readonly AnchorValue[]
  /**
   * Before a slot: starts anew where the ticket of the alarm was resolved in the meantime. `fixed`: the judge is back, and its
   * runs leave the reference; `false_alarm`: they stay in it.
   */
  resume(slotAt: number, incidents: readonly DetectorIncident[]): void
  run(slot: AnchorSlot | null): void
  readonly changed: boolean
  /** Slot of the alarm; null while there is none. */
  readonly alarmSlot: number | null
  readonly evidence: number
  readonly threshold: number
  /** Slot of the most likely change. */
  readonly onsetSlot: number | null
}

/** Runs of anchors that are kept for the size of a shift. */
const RUNS_KEPT = 30

/** A slot as far as a judge cares. */
type AnchorSlot = { readonly slotAt: number; readonly batch: Pick<RecentRun['batch'], 'anchors'> }

type Alarm = { readonly slotAt: number; readonly onset: number; readonly onsetSlot: number }

export function createJudgeWatch(
  score: string,
  frozen: FrozenAnchors,
  {
    runsPerYear,
    notices,
    deviation,
  }: {
    readonly runsPerYear: number
    readonly notices: number
    /** Of the score in production: what is too small to matter there is none of the judge either. 0 where it never varied. */
    readonly deviation: number
  },
): JudgeWatch {
  const common = { name: score, weight: 1, direction: 'none', tolerance: TOLERANCE[frozen.kind] } as const
  const items = frozen.values.map(stratum)
  const definition: StreamDefinition =
    frozen.kind === 'binary'
      ? { ...common, kind: 'binary', baseline: replayStrata(items, 'binary') }
      : { ...common, kind: 'score', baseline: replayStrata(items, 'score'), ...(deviation > 0 ? { deviation } : {}) }
  const detector = createDetector({ streams: [definition], runsPerYear, falsePagesPerYear: notices })
  let runs: { readonly slotAt: number; readonly values: readonly AnchorValue[] }[] = []
  let candidateSlots: number[] = []
  let newest: DetectorStep | null = null
  let alarm: Alarm | null = null
  return {
    score,
    frozen,
    since: (slotAt) => runs.filter((run) => run.slotAt >= slotAt).flatMap(({ values }) => values),
    resume(slotAt, incidents) {
      const own = alarm
      const incident =
        own && incidents.find(({ severity, openedSlotAt }) => severity === 'ticket' && openedSlotAt === own.slotAt)
      if (own === null || incident == null || incident.resolvedSlotAt === null || incident.resolvedSlotAt >= slotAt)
        return
      detector.restart(incident.state === 'false_alarm' ? detector.runsOfEpoch : own.onset)
      alarm = null
      newest = null
      candidateSlots = []
      runs = []
    },
    run(slot) {
      const values = slot?.batch.anchors?.[score]
      if (slot === null || values === undefined || values.length === 0) return
      runs = [...runs, { slotAt: slot.slotAt, values }].slice(-RUNS_KEPT)
      const today = values.map(stratum)
      const step = detector.step([
        frozen.kind === 'binary' ? replayStrata(today, 'binary') : replayStrata(today, 'score'),
      ])
      if (step === null) return
      newest = step
      candidateSlots.push(slot.slotAt)
      if (alarm !== null) return
      if (frozen.isDeterministic && values.some((value) => isProof(frozen, value)))
        alarm = { slotAt: slot.slotAt, onset: candidateSlots.length - 1, onsetSlot: slot.slotAt }
      else if (step.pages)
        alarm = { slotAt: slot.slotAt, onset: step.onset, onsetSlot: candidateSlots[step.onset] ?? slot.slotAt }
    },
    get changed() {
      return alarm !== null
    },
    get alarmSlot() {
      return alarm?.slotAt ?? null
    },
    get evidence() {
      const evidence = newest === null ? 0 : cappedExp(newest.logGated)
      return alarm === null ? evidence : Math.max(evidence, detector.threshold)
    },
    threshold: detector.threshold,
    get onsetSlot() {
      return alarm?.onsetSlot ?? (newest === null ? null : (candidateSlots[newest.onset] ?? null))
    },
  }
}

/** A value that the anchor did not have at freeze. A missing one proves nothing: providers fail. */
function isProof({ values }: FrozenAnchors, { anchor, value }: AnchorValue): boolean {
  if (value === null) return false
  const before = values.filter((one) => one.anchor === anchor && one.value !== null)
  return before.length > 0 && !before.some((one) => one.value === value)
}

/** Anchors are the strata: each is compared with itself. */
function stratum({ anchor, value }: AnchorValue): ScoredItem {
  return { stratum: anchor, value }
}
