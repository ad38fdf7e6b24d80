import { draw, seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import type { BaselineDocument, FrozenScore } from '../../src/verdict/baseline-document.ts'
import { RUNS_PER_SENTINEL } from '../../src/verdict/frozen-sentinels.ts'
import { SENTINEL_SHARE } from '../../src/verdict/replay-baseline.ts'
import { drawSentinels } from '../../src/verdict/sentinel-draw.ts'
import { createSentinelWatch } from '../../src/verdict/sentinel-watch.ts'
import type { RecordedPair } from './recorded-cases.ts'

const DAY = 86_400_000
/** Longer is "not found". */
const LONGEST_DAYS = 60

export type SentinelPlan = {
  /** Frozen inputs, drawn from the cases of both runs. */
  readonly inputs: number
  readonly perDay: number
  /** Agents, each with inputs and order of its own. */
  readonly agents: number
}

/**
 * Days from the first production day, on which the change is already there, to the page of the replays: 1 is the first day,
 * Infinity is not within 60. Each frozen input has its recorded outcome three times, and from the first replay on that of
 * the later run. One other score, which never moves, has half of the evidence, as production has half of the budget: a
 * weight of 1/4 in all.
 */
export function sentinelDelays(
  { name, before, after }: RecordedPair,
  { inputs, perDay, agents }: SentinelPlan,
): number[] {
  const shared = [...before.keys()].filter((id) => after.has(id)).toSorted()
  return Array.from({ length: agents }, (_, agent) => {
    const random = seededRandom(seedOf(agent, 'sentinel', name, inputs))
    const frozen = draw(shared, inputs, random)
    const watch = createSentinelWatch(frozenDocument(frozen, before))
    if (watch === null) throw new Error(`${frozen.length} inputs cannot be replayed`)
    for (let day = 1; day <= LONGEST_DAYS; day++) {
      const asked = drawSentinels(watch.inputs, { run: day - 1, perRun: perDay, key: `${name}/${agent}` })
      const replays = asked.map((id) => ({ id, failure: null, scores: scoresOf(after.get(id)) }))
      if (watch.run({ slotAt: day * DAY, replays }, []).agentChanged) return day
    }
    return Infinity
  })
}

const SCORE: Omit<FrozenScore, 'name'> = {
  kind: 'binary',
  direction: 'higher-better',
  detector: 'page',
  unit: 'rate',
  scale: 'linear',
  categories: [],
  version: 'recorded',
  sorted: [],
  cuts: [],
}

function scoresOf(isRight: boolean | undefined): Record<string, number> {
  return { correct: isRight === true ? 1 : 0, other: 1 }
}

function frozenDocument(ids: readonly string[], outcomes: ReadonlyMap<string, boolean>): BaselineDocument {
  const run = (id: string) => ({ at: 0, failure: null, scores: scoresOf(outcomes.get(id)) })
  return {
    format: 3,
    agent: 'recorded',
    version: 1,
    createdAt: 0,
    expiresAt: 180 * DAY,
    window: { from: 0, to: 1 },
    segments: [],
    runsPerYear: 365,
    falsePagesPerYear: 1,
    ticketsPerYear: 12,
    escalationLimits: [0.2],
    strata: ['all'],
    itemsByStratum: [ids.length],
    scores: [
      { ...SCORE, name: 'correct' },
      { ...SCORE, name: 'other' },
    ],
    statistics: {},
    watchedSegments: [],
    slowDriftShare: 1 / 12,
    values: {},
    items: [],
    sentinels: ids.map((id) => ({
      id,
      stratum: 0,
      inputHash: null,
      runs: Array.from({ length: RUNS_PER_SENTINEL }, () => run(id)),
    })),
    sentinelShare: SENTINEL_SHARE,
    warnings: [],
  }
}
