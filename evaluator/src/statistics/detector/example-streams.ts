import type { BinaryCount, Moments } from '../daily/stratum-statistics.ts'
import { createDetector } from './detector.ts'
import type { DetectorStep } from './detector-step.ts'
import type { Direction } from './effect-prior.ts'
import type { StreamDefinition } from './stream.ts'
import type { StreamBatch } from './stream-input.ts'

/** A page a year, daily runs. */
export const budget = { runsPerYear: 365, falsePagesPerYear: 1 }

/** A rate of 242 of 250, anything replaced. */
export function rate(
  options: Partial<{
    name: string
    weight: number
    direction: Direction
    tolerance: number
    baseline: BinaryCount[]
  }> = {},
): StreamDefinition {
  return {
    name: 'valid',
    weight: 1,
    direction: 'higher-better',
    tolerance: 0.02,
    baseline: [{ n: 250, x: 242 }],
    ...options,
    kind: 'binary',
  }
}

/** A score of mean 0 and standard deviation 1, anything replaced. */
export function mean(
  options: Partial<{ name: string; weight: number; direction: Direction; tolerance: number; baseline: Moments[] }> = {},
): StreamDefinition {
  return {
    name: 'length',
    weight: 1,
    direction: 'none',
    tolerance: 0.15,
    baseline: [{ n: 250, mean: 0, m2: 249 }],
    ...options,
    kind: 'score',
  }
}

/** Five equal bins, anything replaced. */
export function shape(
  options: Partial<{ name: string; weight: number; tolerance: number; baseline: number[][] }> = {},
): StreamDefinition {
  return {
    name: 'form',
    weight: 1,
    tolerance: 0.15,
    baseline: [[60, 60, 60, 60, 60]],
    ...options,
    direction: 'none',
    kind: 'shape',
  }
}

/** Steps of a detector through days. */
export function run(
  streams: readonly StreamDefinition[],
  batches: readonly (StreamBatch | null)[][],
): (DetectorStep | null)[] {
  const detector = createDetector({ streams, ...budget })
  return batches.map((batch) => detector.step(batch))
}
