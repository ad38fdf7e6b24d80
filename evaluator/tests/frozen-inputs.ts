import { DEFAULT_DEFINITIONS } from '../src/scoring/scored-call.ts'
import type { BaselineDocument } from '../src/verdict/baseline-document.ts'

/** A baseline of inputs `input-0`, `input-1`, ..., each with three equal frozen runs of the score `valid`. */
export function frozenInputs({
  inputs,
  passes,
}: {
  inputs: number
  passes: (input: number) => boolean
}): BaselineDocument {
  return {
    format: 3,
    agent: 'replayed',
    version: 1,
    createdAt: 0,
    expiresAt: 1e12,
    window: { from: 0, to: 1 },
    segments: [],
    runsPerYear: 365,
    falsePagesPerYear: 1,
    ticketsPerYear: 12,
    escalationLimits: [0.2],
    strata: ['all'],
    itemsByStratum: [inputs],
    scores: DEFAULT_DEFINITIONS.filter(({ name }) => name === 'valid').map((score) => ({
      ...score,
      sorted: [],
      cuts: [],
    })),
    statistics: {},
    watchedSegments: [],
    slowDriftShare: 1 / 12,
    values: {},
    items: [],
    sentinels: Array.from({ length: inputs }, (_, input) => ({
      id: `input-${input}`,
      stratum: 0,
      inputHash: null,
      runs: [0, 1, 2].map((run) => ({ at: run, failure: null, scores: { valid: passes(input) ? 1 : 0 } })),
    })),
    sentinelShare: 0.5,
    warnings: [],
  }
}
