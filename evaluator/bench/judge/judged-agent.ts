import type { Verdict } from '@tidemark/instrumentation/semconv'
import { createHash } from 'node:crypto'
import { seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import { DEFAULT_DEFINITIONS, type ScoredCall } from '../../src/scoring/scored-call.ts'
import type { ScoreDefinition } from '../../src/scoring/scorer.ts'
import { assembleVerdict } from '../../src/verdict/assemble-verdict.ts'
import { freezeBaseline, type BaselineDocument } from '../../src/verdict/baseline-document.ts'
import { batchStatistics } from '../../src/verdict/batch-statistics.ts'
import type { AnchorValue } from '../../src/verdict/frozen-anchors.ts'
import { createWatch } from '../../src/verdict/watch.ts'
import { DAY, SIMULATED_BASELINE, SIMULATED_CALL, simulatedSlot, START } from '../simulated-agent.ts'
import type { JudgedPair, TwoJudges } from './judged-pairs.ts'

/** What changes on one day. In `both, valid` the agent's outputs get invalid more often, which needs no judge to be seen. */
export const SWAP_SCENARIOS = ['nothing', 'judge swapped', 'agent changed', 'both', 'both, valid'] as const
export type SwapScenario = (typeof SWAP_SCENARIOS)[number]

/** A day of one agent: what its verdict was, and how many days ago something changed (0 before). */
export type WatchedDay = { readonly verdict: Verdict; readonly summary: string; readonly sinceChange: number }

const BASELINE_CALLS = 250
const CALLS_A_DAY = 100
const UNCHANGED_DAYS = 30
const CHANGED_DAYS = 30
const ANCHORS = 50
const ANCHOR_REPEATS = 3
/** An agent that changed gives the answer that humans do not prefer in this share of its calls. */
const WORSE_SHARE = 0.5
/** Outputs of an agent that are invalid, before and after it changed. */
const INVALID_SHARE = { before: 0.03, after: 0.15 } as const
const SCORE = 'preference'

/**
 * Follows one agent over its days. A call is a pair: the agent gives the answer that the humans prefer, and the score is the
 * preference of the judge for it, one of its recorded answers drawn each time. The anchors are pairs of their own.
 */
export function watchJudged(judges: TwoJudges, scenario: SwapScenario, agent: number): WatchedDay[] {
  const random = seededRandom(seedOf(agent, 'judge swap', scenario))
  const anchors = judges.pairs.toSorted((a, b) => (order(a, agent) < order(b, agent) ? -1 : 1)).slice(0, ANCHORS)
  const draw = (judge: string, worseShare: number): number => {
    const preference = drawn(pick(judges.pairs, random), judge, random)
    return random() < worseShare ? 1 - preference : preference
  }
  const anchorValues = (judge: string): AnchorValue[] =>
    anchors.map((pair, anchor) => ({ anchor, value: drawn(pair, judge, random) }))
  const definitions = definitionsFor(judges)
  const callsOf = (day: number, count: number, judge: string, worseShare: number, invalidShare: number): ScoredCall[] =>
    Array.from({ length: count }, (_, index) =>
      scoredCall(day, index, { valid: random() < invalidShare ? 0 : 1, [SCORE]: draw(judge, worseShare) }),
    )

  const baseline: BaselineDocument = {
    ...freezeBaseline(
      callsOf(0, BASELINE_CALLS, judges.before, 0, INVALID_SHARE.before),
      SIMULATED_BASELINE,
      definitions,
    ),
    anchors: {
      [SCORE]: {
        kind: kindFor(judges),
        isDeterministic: false,
        values: Array.from({ length: ANCHOR_REPEATS }, () => anchorValues(judges.before)).flat(),
      },
    },
  }
  const watch = createWatch(baseline)
  return Array.from({ length: UNCHANGED_DAYS + CHANGED_DAYS }, (_, index) => {
    const sinceChange = Math.max(0, index + 1 - UNCHANGED_DAYS)
    const isChanged = sinceChange > 0 && scenario !== 'nothing'
    const judge = isChanged && scenario !== 'agent changed' ? judges.after : judges.before
    const worseShare = isChanged && (scenario === 'agent changed' || scenario === 'both') ? WORSE_SHARE : 0
    const invalidShare = isChanged && scenario === 'both, valid' ? INVALID_SHARE.after : INVALID_SHARE.before
    const day = index + 1
    const items = callsOf(day, CALLS_A_DAY, judge, worseShare, invalidShare)
    const { scores: frozen, segments } = baseline
    const statistics = batchStatistics(items, [], { frozen, strata: watch.strata, segments })
    const batch = { ...statistics, anchors: { [SCORE]: anchorValues(judge) } }
    const slotAt = START + (day + 1) * DAY
    const state = watch.run(slotAt, batch, [])
    const { verdict, summary } = assembleVerdict(simulatedSlot({ slotAt, items, batch, watch, state }))
    return { verdict, summary, sinceChange }
  })
}

/** The judged score beside one that needs no judge. */
function definitionsFor(judges: TwoJudges): ScoreDefinition[] {
  return [
    ...DEFAULT_DEFINITIONS.filter(({ name }) => name === 'valid'),
    {
      name: SCORE,
      kind: kindFor(judges),
      direction: 'higher-better',
      detector: 'page',
      unit: kindFor(judges) === 'binary' ? 'rate' : 'points',
      scale: 'linear',
      categories: [],
      version: judges.before,
    },
  ]
}

/** Judges that never say "tie" give a rate. */
function kindFor({ pairs }: TwoJudges): 'binary' | 'score' {
  const hasTies = pairs.some(({ preferences }) => [...preferences.values()].some((values) => values.includes(0.5)))
  return hasTies ? 'score' : 'binary'
}

function scoredCall(day: number, index: number, scores: Readonly<Record<string, number>>): ScoredCall {
  const startedAt = START + day * DAY + index * 60_000
  return {
    call: { ...SIMULATED_CALL, startedAt, traceId: `${day}-${index}`, responseId: `${day}-${index}` },
    validation: null,
    scores: new Map(Object.entries(scores)),
  }
}

function drawn({ preferences }: JudgedPair, judge: string, random: () => number): number {
  return pick(preferences.get(judge) ?? [], random)
}

function pick<Value>(values: readonly Value[], random: () => number): Value {
  const value = values[Math.floor(random() * values.length)]
  if (value === undefined) throw new Error('there is nothing to draw from')
  return value
}

function order({ id }: JudgedPair, agent: number): string {
  return createHash('sha256').update(`${agent}/${id}`).digest('hex')
}
