import { createDetector } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics } from './batch-statistics.ts'
import { TOLERANCE } from './streams.ts'

/** Notices a year that the mix of inputs may raise by chance. */
const NOTICES_PER_YEAR = 12

/** Watches the shares of the strata with a sum of its own: another mix of inputs pages nobody, but is said. */
export type InputMix = { run(slotAt: number, batch: BatchStatistics | null): MixState }

/** `sinceSlot` is the slot from which on the mix most likely differs; null while it does not. */
export type MixState = { readonly changed: boolean; readonly sinceSlot: number | null }

export function createInputMix(baseline: BaselineDocument): InputMix {
  // strata unknown to the baseline share the last bin, so that the number of bins is fixed
  const bins = baseline.strata.length + 1
  const detector = createDetector({
    streams: [
      {
        name: 'input_mix',
        kind: 'shape',
        weight: 1,
        direction: 'none',
        tolerance: TOLERANCE.shape,
        baseline: [intoBins(baseline.itemsByStratum, bins)],
      },
    ],
    runsPerYear: baseline.runsPerYear,
    falsePagesPerYear: NOTICES_PER_YEAR,
  })
  const slots: number[] = []
  let state: MixState = { changed: false, sinceSlot: null }
  return {
    run(slotAt, batch) {
      if (batch === null || batch.items === 0) return state
      const step = detector.step([[intoBins(batch.itemsByStratum, bins)]])
      if (step === null) return state
      slots.push(slotAt)
      state = { changed: step.pages, sinceSlot: step.pages ? (slots[step.onset] ?? null) : null }
      return state
    },
  }
}

function intoBins(counts: readonly number[], bins: number): number[] {
  const result = Array.from({ length: bins }, (_, bin) => (bin < bins - 1 ? (counts[bin] ?? 0) : 0))
  result[bins - 1] = counts.slice(bins - 1).reduce((sum, count) => sum + count, 0)
  return result
}
