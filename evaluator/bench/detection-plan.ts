import { type Dataset, type Pool, poolMean, type PoolMetric, qualityOnly, withoutStrata } from './pool.ts'
import { mixWith, type Scenario, stratumCounts } from './traffic.ts'

export type ExperimentList = 'noChange' | 'noDriftPairs' | 'change' | 'mixOnly'

/** Agents that live through one scenario, followed by one kind of detector. */
export type Experiment = {
  readonly list: ExperimentList
  readonly dataset: string
  /** The run or pair; detectors of one subject are compared with each other. */
  readonly subject: string
  readonly scenario: Scenario
  readonly agents: number
  readonly follow: 'tidemark' | 'rules'
  /** Empty for what a team gets that changes nothing; else it becomes part of the detector's name. */
  readonly variant: string
  /** Of the pools of a pair, see `largestDifference`; 0 elsewhere. */
  readonly poolDifference: number
}

/** How often everything is repeated. */
export type Repetitions = {
  readonly yearsPerRun: number
  readonly yearsPerRunOfVariants: number
  readonly yearsPerNoDriftPair: number
  readonly agentsPerChange: number
  readonly agentsPerChangeOfVariants: number
  readonly agentsPerMix: number
  /** Years cost most: only every n-th run and no-drift pair lives through one. */
  readonly everyRun: number
  readonly everyNoDriftPair: number
}

export const FULL: Repetitions = {
  yearsPerRun: 3,
  yearsPerRunOfVariants: 1,
  yearsPerNoDriftPair: 2,
  agentsPerChange: 30,
  agentsPerChangeOfVariants: 10,
  agentsPerMix: 4,
  everyRun: 1,
  everyNoDriftPair: 1,
}

export const QUICK: Repetitions = {
  yearsPerRun: 1,
  yearsPerRunOfVariants: 0,
  yearsPerNoDriftPair: 1,
  agentsPerChange: 6,
  agentsPerChangeOfVariants: 3,
  agentsPerMix: 3,
  everyRun: 2,
  everyNoDriftPair: 3,
}

export const YEAR = 365
export const CHANGE_RUN = 31
/** Runs simulated after a change. */
export const RUNS_AFTER = 60
export const PER_DAY = 100
export const BASELINE_ITEMS = 250
const MORE_PER_DAY = [500, 2000] as const

export const QUALITY_ALONE = 'quality metrics alone'
export const STRATA_IGNORED = 'strata ignored'

/** Shares of one stratum before and after a pure change of the mix of inputs. */
const MIXES = [
  { before: 0.05, after: 0.15 },
  { before: 0.05, after: 0.4 },
] as const
const LEAST_STRATUM = 20

/** All experiments on the recordings, those without repetitions left out. */
export function planExperiments(datasets: readonly Dataset[], repetitions: Repetitions): Experiment[] {
  return (
    datasets
      .flatMap(({ name, runs, pairs }) => [
        ...every(runs, repetitions.everyRun).flatMap((run) => noChange(name, run, repetitions)),
        ...every(
          pairs.filter(({ label }) => label === 'no-drift'),
          repetitions.everyNoDriftPair,
        ).flatMap((pair) => noDrift(name, pair.name, pair.before, pair.after, repetitions)),
        ...pairs
          .filter(({ label }) => label === 'drift')
          .flatMap((pair) => change(name, pair.name, pair.before, pair.after, repetitions)),
        ...every(runs, repetitions.everyRun).flatMap((run) => mixOnly(name, run, repetitions)),
      ])
      // a recording may hold descriptors alone: then there are no quality metrics to watch alone
      .filter(({ agents, scenario: { before } }) => agents > 0 && before.metrics.length > 0)
  )
}

function every<Item>(items: readonly Item[], step: number): Item[] {
  return items.filter((_, index) => index % step === 0)
}

function noChange(dataset: string, run: Pool, repetitions: Repetitions): Experiment[] {
  const { yearsPerRun, yearsPerRunOfVariants } = repetitions
  const year = (pool: Pool, perDay: number): Scenario => scenario(pool, pool, YEAR, perDay, 1, run.name)
  const common = { list: 'noChange', dataset, subject: run.name, poolDifference: 0 } as const
  return [
    { ...common, scenario: year(run, PER_DAY), agents: yearsPerRun, follow: 'tidemark', variant: '' },
    { ...common, scenario: year(run, PER_DAY), agents: yearsPerRun, follow: 'rules', variant: '' },
    {
      ...common,
      scenario: year(qualityOnly(run), PER_DAY),
      agents: yearsPerRunOfVariants,
      follow: 'tidemark',
      variant: QUALITY_ALONE,
    },
    ...MORE_PER_DAY.map((perDay) => ({
      ...common,
      scenario: year(run, perDay),
      agents: yearsPerRunOfVariants,
      follow: 'tidemark' as const,
      variant: perDayName(perDay),
    })),
  ]
}

function noDrift(dataset: string, subject: string, before: Pool, after: Pool, repetitions: Repetitions): Experiment[] {
  const poolDifference = largestDifference(before, after)
  const common = { list: 'noDriftPairs', dataset, subject, poolDifference, follow: 'tidemark' } as const
  const agents = repetitions.yearsPerNoDriftPair
  return [
    { ...common, scenario: scenario(before, after, YEAR, PER_DAY, 1, subject), agents, variant: '' },
    {
      ...common,
      scenario: scenario(qualityOnly(before), qualityOnly(after), YEAR, PER_DAY, 1, subject),
      agents,
      variant: QUALITY_ALONE,
    },
  ]
}

function change(dataset: string, subject: string, before: Pool, after: Pool, repetitions: Repetitions): Experiment[] {
  const { agentsPerChange, agentsPerChangeOfVariants } = repetitions
  const runs = CHANGE_RUN - 1 + RUNS_AFTER
  const at = (first: Pool, second: Pool, perDay: number): Scenario =>
    scenario(first, second, runs, perDay, CHANGE_RUN, subject)
  const common = { list: 'change', dataset, subject, poolDifference: largestDifference(before, after) } as const
  return [
    { ...common, scenario: at(before, after, PER_DAY), agents: agentsPerChange, follow: 'tidemark', variant: '' },
    { ...common, scenario: at(before, after, PER_DAY), agents: agentsPerChange, follow: 'rules', variant: '' },
    {
      ...common,
      scenario: at(qualityOnly(before), qualityOnly(after), PER_DAY),
      agents: agentsPerChange,
      follow: 'tidemark',
      variant: QUALITY_ALONE,
    },
    ...MORE_PER_DAY.map((perDay) => ({
      ...common,
      scenario: at(before, after, perDay),
      agents: agentsPerChangeOfVariants,
      follow: 'tidemark' as const,
      variant: perDayName(perDay),
    })),
  ]
}

function mixOnly(dataset: string, run: Pool, repetitions: Repetitions): Experiment[] {
  const stratum = strangestStratum(run)
  if (stratum === undefined) return []
  return MIXES.flatMap((mix) => {
    const subject = `${run.name}, ${mix.before} -> ${mix.after}`
    const runs = CHANGE_RUN - 1 + RUNS_AFTER
    const mixed = {
      ...scenario(run, run, runs, PER_DAY, CHANGE_RUN, subject),
      mix: { before: mixWith(run, stratum, mix.before), after: mixWith(run, stratum, mix.after) },
    }
    const common = { list: 'mixOnly', dataset, subject, agents: repetitions.agentsPerMix, poolDifference: 0 } as const
    return [
      { ...common, scenario: mixed, follow: 'tidemark' as const, variant: '' },
      { ...common, scenario: mixed, follow: 'rules' as const, variant: '' },
      { ...common, scenario: blind(mixed), follow: 'tidemark' as const, variant: STRATA_IGNORED },
    ]
  })
}

/** The same items on the same days, to a detector that does not know the strata: they stand for items, not for draws. */
function blind(mixed: Scenario): Scenario {
  const pool = withoutStrata(mixed.before)
  return { ...mixed, seen: { before: pool, after: pool } }
}

function scenario(before: Pool, after: Pool, runs: number, perDay: number, changeRun: number, name: string): Scenario {
  return { name, before, after, changeRun, runs, perDay, baselineItems: BASELINE_ITEMS }
}

export function perDayName(perDay: number): string {
  return `at ${perDay.toLocaleString('en-US')} a day`
}

/** After minus before of the quality metric that differs most. */
export function largestDifference(before: Pool, after: Pool): number {
  return qualityOnly(before)
    .metrics.map((metric) => poolMean(sameMetric(after, metric)) - poolMean(metric))
    .reduce((largest, difference) => (Math.abs(difference) > Math.abs(largest) ? difference : largest), 0)
}

function sameMetric(pool: Pool, { name }: PoolMetric): PoolMetric {
  const found = pool.metrics.find((metric) => metric.name === name)
  if (found === undefined) throw new Error(`${pool.name} has no metric ${name}`)
  return found
}

/** The stratum whose quality is farthest from the rest: more of it looks like a change of quality to who ignores strata. */
function strangestStratum(pool: Pool): number | undefined {
  const [metric] = qualityOnly(pool).metrics
  if (metric === undefined) return undefined
  const overall = poolMean(metric)
  const distance = (stratum: number): number =>
    Math.abs(
      poolMean({ ...metric, values: metric.values.filter((_, item) => pool.strata[item] === stratum) }) - overall,
    )
  const large = stratumCounts(pool).flatMap((count, stratum) =>
    count >= LEAST_STRATUM && count < pool.strata.length ? [{ stratum, distance: distance(stratum) }] : [],
  )
  return large.toSorted((a, b) => b.distance - a.distance)[0]?.stratum
}
