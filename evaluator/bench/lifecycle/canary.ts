import type { Verdict } from '@tidemark/instrumentation/semconv'
import { seededRandom, seedOf } from '../../src/demo/seeded-random.ts'
import type { ScoredCall } from '../../src/scoring/scored-call.ts'
import type { ScoreDefinition } from '../../src/scoring/scorer.ts'
import { assembleVerdict } from '../../src/verdict/assemble-verdict.ts'
import { freezeBaseline } from '../../src/verdict/baseline-document.ts'
import { batchStatistics } from '../../src/verdict/batch-statistics.ts'
import { variantStatistics } from '../../src/verdict/variant-statistics.ts'
import { createWatch } from '../../src/verdict/watch.ts'
import type { Pool, PoolPair } from '../pool.ts'
import { DAY, SIMULATED_BASELINE, SIMULATED_CALL, simulatedSlot, START } from '../simulated-agent.ts'
import { median } from '../detection-rows.ts'
import { lossOf, qualityOf } from './paired-inputs.ts'

export type CanaryReport = {
  /** Days from the canary's first one to the alarm that names it; median over agents, null where most never see it. */
  readonly days: number | null
  /** Verdict of control on that day, in most agents. */
  readonly controlVerdict: Verdict
  readonly controlVerdicts: Readonly<Partial<Record<Verdict, number>>>
  readonly pair: string
  readonly agents: number
  readonly named: number
}

const BASELINE_CALLS = 250
const CALLS_A_DAY = 100
const CANARY_SHARE = 0.1
const UNCHANGED_DAYS = 7
const CANARY_DAYS = 14
const CANARY = 'canary'

/** The recorded pair that breaks the output's format, as a canary with a tenth of the traffic. */
export function canaryReport(pairs: readonly PoolPair[], agents: number): CanaryReport {
  const pair = formatBreak(pairs)
  const outcomes = Array.from({ length: agents }, (_, agent) => followCanary(pair, agent))
  const byVerdict = Map.groupBy(outcomes, ({ control }) => control)
  const counts = [...byVerdict]
    .map(([verdict, all]) => [verdict, all.length] as const)
    .toSorted(([, a], [, b]) => b - a)
  const [most] = counts
  return {
    days: median(outcomes.map(({ day }) => day)),
    controlVerdict: most?.[0] ?? 'no_baseline',
    controlVerdicts: Object.fromEntries(counts),
    pair: pair.name,
    agents,
    named: outcomes.filter(({ day }) => Number.isFinite(day)).length,
  }
}

/** The pair whose outputs lose most of their validity. */
export function formatBreak(pairs: readonly PoolPair[]): PoolPair {
  const [worst] = pairs.toSorted((a, b) => (lossOf(b, 'valid') || 0) - (lossOf(a, 'valid') || 0))
  if (worst === undefined) throw new Error('there is no pair of runs')
  return worst
}

function followCanary(pair: PoolPair, agent: number): { readonly day: number; readonly control: Verdict } {
  const random = seededRandom(seedOf(agent, 'canary', pair.name))
  const definitions = qualityDefinitions(pair.before)
  const callsOf = (pool: Pool, day: number, count: number, variant: string): ScoredCall[] =>
    Array.from({ length: count }, (_, index) =>
      callOf(pool, Math.floor(random() * pool.strata.length), { day, index, variant }),
    )
  const baseline = freezeBaseline(callsOf(pair.before, 0, BASELINE_CALLS, 'control'), SIMULATED_BASELINE, definitions)
  const watch = createWatch(baseline)
  let control: Verdict = 'no_baseline'
  for (let day = 1; day <= UNCHANGED_DAYS + CANARY_DAYS; day++) {
    const canaryDay = day - UNCHANGED_DAYS
    const ofCanary = canaryDay > 0 ? CALLS_A_DAY * CANARY_SHARE : 0
    const items = callsOf(pair.before, day, CALLS_A_DAY - ofCanary, 'control')
    const over = { frozen: baseline.scores, strata: watch.strata, segments: baseline.segments }
    const arms = new Map([[CANARY, callsOf(pair.after, day, ofCanary, CANARY)]])
    const batch = {
      ...batchStatistics(items, [], over),
      ...(ofCanary === 0 ? {} : { variants: variantStatistics(arms, over) }),
    }
    const slotAt = START + (day + 1) * DAY
    const state = watch.run(slotAt, batch, [])
    const record = assembleVerdict(simulatedSlot({ slotAt, items, batch, watch, state }))
    control = record.verdict
    if (record.variants?.some(({ variant, alarm }) => variant === CANARY && alarm)) return { day: canaryDay, control }
  }
  return { day: Infinity, control }
}

/** The metrics that say good or bad, as scores that page. */
export function qualityDefinitions(pool: Pool): ScoreDefinition[] {
  return qualityOf(pool).map(({ name, direction }) => ({
    name,
    kind: 'binary',
    direction,
    detector: 'page',
    unit: 'rate',
    scale: 'linear',
    categories: [],
    version: 'recorded',
  }))
}

function callOf(
  pool: Pool,
  item: number,
  { day, index, variant }: { readonly day: number; readonly index: number; readonly variant: string },
): ScoredCall {
  const id = `${variant}-${day}-${index}`
  return {
    call: {
      ...SIMULATED_CALL,
      startedAt: START + day * DAY + index * 60_000,
      traceId: id,
      responseId: id,
      variant,
      segment: String(pool.strata[item]),
    },
    validation: null,
    scores: new Map(qualityOf(pool).map(({ name, values }) => [name, values[item]!])),
  }
}
