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

/** Watches one judge by its anchors: the detector of STATISTICS §8, with the anchor as stratum and both directions. */
export type JudgeWatch = {
  readonly score: string
  readonly frozen: FrozenAnchors
  /** Values of the anchors since the slot, all of them where no slot is given. */
  since(slotAt: number): readonly AnchorValue[]
  run(slot: RecentRun | null): void
  /** Where the judge has moved: the runs since then leave the reference, and the evidence starts at 0. */
  restart(): void
  readonly changed: boolean
  readonly evidence: number
  readonly threshold: number
  /** Slot of the most likely change. */
  readonly onsetSlot: number | null
}

/** Runs of anchors that are kept for the size of a shift. */
const RUNS_KEPT = 30

export function createJudgeWatch(
  score: string,
  frozen: FrozenAnchors,
  { runsPerYear, notices }: { readonly runsPerYear: number; readonly notices: number },
): JudgeWatch {
  // a shift too small to matter in production is none of the judge either
  const common = { name: score, weight: 1, direction: 'none', tolerance: TOLERANCE[frozen.kind] } as const
  const items = frozen.values.map(stratum)
  const definition: StreamDefinition =
    frozen.kind === 'binary'
      ? { ...common, kind: 'binary', baseline: replayStrata(items, 'binary') }
      : { ...common, kind: 'score', baseline: replayStrata(items, 'score') }
  const detector = createDetector({ streams: [definition], runsPerYear, falsePagesPerYear: notices })
  let runs: { readonly slotAt: number; readonly values: readonly AnchorValue[] }[] = []
  let candidateSlots: number[] = []
  let newest: DetectorStep | null = null
  let proof: number | null = null
  return {
    score,
    frozen,
    since: (slotAt) => runs.filter((run) => run.slotAt >= slotAt).flatMap(({ values }) => values),
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
      if (frozen.isDeterministic && values.some((value) => isProof(frozen, value))) proof ??= slot.slotAt
    },
    restart() {
      if (newest?.pages !== true && proof === null) return
      if (newest !== null) detector.restart(newest.pages ? newest.onset : detector.runsOfEpoch)
      newest = null
      proof = null
      candidateSlots = []
      runs = []
    },
    get changed() {
      return proof !== null || newest?.pages === true
    },
    get evidence() {
      const evidence = newest === null ? 0 : cappedExp(newest.logGated)
      return proof === null ? evidence : Math.max(evidence, detector.threshold)
    },
    threshold: detector.threshold,
    get onsetSlot() {
      return proof ?? (newest === null ? null : (candidateSlots[newest.onset] ?? null))
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
