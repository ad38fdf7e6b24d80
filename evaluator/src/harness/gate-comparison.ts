import { comparedOnScale } from '../scoring/score-scale.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { gateBinary, gateScore, momentsOf, sampleVariance, type GateVerdict } from '../statistics/index.ts'
import { TOLERANCE } from '../verdict/streams.ts'

/** What one version answered to one input: every run of it, with its scores; null is missing. */
export type GatedInput = {
  readonly id: string
  readonly runs: readonly {
    readonly isAnswered: boolean
    readonly scores: ReadonlyMap<string, number | string | null>
  }[]
}

/** One comparison. Values are those that the statistics compare: rates as shares, counts and times as logarithms. */
export type GateMetric = {
  readonly name: string
  readonly verdict: GateVerdict
  readonly inputs: number
  readonly baseline: number
  readonly candidate: number
  /** Candidate minus baseline, turned so that more is better. */
  readonly difference: number
  /** Lower 95 % limit of the difference of rates; null for scores. */
  readonly lower: number | null
  readonly margin: number
  /** P value of "the candidate is worse". */
  readonly pWorse: number
  /** Inputs with which it would decide; null unless it is inconclusive, or where this sample does not tell. */
  readonly inputsNeeded: number | null
  /** Inputs that were good before and are bad now, at most ten. */
  readonly worseInputs: readonly string[]
}

export type GateComparison = {
  readonly verdict: GateVerdict
  readonly inputs: number
  readonly metrics: readonly GateMetric[]
  /** Scores that no metric speaks of: without a side that is better, or without a value. */
  readonly notCompared: readonly string[]
  /** Inputs with which all metrics would decide. */
  readonly inputsNeeded: number | null
}

export type GateSettings = {
  /** In shares for rates; by default the tolerance of the watch. */
  readonly rateMargin?: number
  /** In standard deviations of the baseline's answers. */
  readonly scoreMargin?: number
  /** Of sign draws. */
  readonly seed?: number
}

/** One-sided level: of each pass, and of all failures together. */
const ALPHA = 0.05
const WORSE_SHOWN = 10
/** A form that at least this share of the baseline's answers has is usual. */
const USUAL_FORM_SHARE = 0.05

/**
 * Whether the candidate is no worse than the baseline version on the same inputs (STATISTICS §13): every metric must pass;
 * one that is worse at alpha by the number of metrics fails. Exact but for Tango's limit.
 */
export function compareForGate(
  baseline: readonly GatedInput[],
  candidate: readonly GatedInput[],
  definitions: readonly ScoreDefinition[],
  settings: GateSettings = {},
): GateComparison {
  const byId = new Map(candidate.map((input) => [input.id, input]))
  const pairs = baseline.flatMap((before): Pair[] => {
    const after = byId.get(before.id)
    return after === undefined || before.runs.length === 0 || after.runs.length === 0 ? [] : [{ before, after }]
  })
  const paging = definitions.filter(({ detector }) => detector === 'page')
  const questions = [ANSWERED, ...paging.flatMap((definition) => questionsOf(definition, pairs))]
  const asked = questions.flatMap((question) => {
    const values = pairedValues(question, pairs)
    return values.length === 0 ? [] : [{ question, values }]
  })
  const metrics = asked.map(({ question, values }) => metricOf(question, values, { ...settings, of: asked.length }))
  const compared = new Set(asked.map(({ question }) => question.score))
  const undecided = metrics.filter(({ verdict }) => verdict === 'inconclusive')
  const needed = undecided.map(({ inputsNeeded }) => inputsNeeded)
  return {
    verdict: verdictOf(metrics),
    inputs: pairs.length,
    metrics,
    notCompared: paging.map(({ name }) => name).filter((name) => !compared.has(name)),
    inputsNeeded: needed.length === 0 || needed.includes(null) ? null : Math.max(...needed.map((n) => n ?? 0)),
  }
}

type Pair = { readonly before: GatedInput; readonly after: GatedInput }
type Run = GatedInput['runs'][number]
/** What is asked of every run; null where it has no answer to that. More is better. */
type Question = {
  readonly score: string
  readonly name: string
  readonly kind: 'binary' | 'score'
  readonly read: (run: Run) => number | null
  /** As people read it. */
  readonly shown: (value: number) => number
}
type Values = { readonly id: string; readonly before: number; readonly after: number }

const same = (value: number): number => value
const ANSWERED: Question = {
  score: 'answered',
  name: 'answered',
  kind: 'binary',
  read: ({ isAnswered }) => Number(isAnswered),
  shown: same,
}

function questionsOf(definition: ScoreDefinition, pairs: readonly Pair[]): Question[] {
  const { name, kind, direction } = definition
  if (kind === 'categorical') return usualForm(definition, pairs)
  if (direction === 'none') return []
  const sign = direction === 'higher-better' ? 1 : -1
  const worstRate = direction === 'higher-better' ? 0 : 1
  const value = ({ isAnswered, scores }: Run): number | null => {
    // an answer that is not there is as bad as one can be
    if (!isAnswered) return kind === 'binary' ? sign * worstRate : null
    const found = scores.get(name)
    const compared = typeof found === 'number' ? comparedOnScale(found, definition.scale) : null
    return compared === null ? null : sign * compared
  }
  return [{ score: name, name, kind, read: value, shown: (x) => sign * x }, ...missingOf(name, pairs)]
}

/** Scores that fail to be given remove inputs from the comparison: where they differ, that is compared as well. */
function missingOf(name: string, pairs: readonly Pair[]): Question[] {
  const isMissing = ({ isAnswered, scores }: Run): boolean => isAnswered && scores.get(name) === null
  if (!pairs.some(({ before, after }) => [...before.runs, ...after.runs].some(isMissing))) return []
  return [
    {
      score: name,
      name: `${name} is given`,
      kind: 'binary',
      read: (run) => (run.isAnswered && run.scores.has(name) ? Number(!isMissing(run)) : null),
      shown: same,
    },
  ]
}

/** Forms have no better side, but what the baseline version hardly ever answers in is not what was approved. */
function usualForm({ name }: ScoreDefinition, pairs: readonly Pair[]): Question[] {
  const forms = pairs.flatMap(({ before }) => before.runs.map(({ scores }) => scores.get(name)))
  const named = forms.filter((form) => typeof form === 'string')
  if (named.length === 0) return []
  const usual = new Set(
    named.filter((form) => named.filter((other) => other === form).length >= USUAL_FORM_SHARE * named.length),
  )
  return [
    {
      score: name,
      name: `${name} is a usual one`,
      kind: 'binary',
      read({ scores }) {
        const form = scores.get(name)
        return typeof form === 'string' ? Number(usual.has(form)) : null
      },
      shown: same,
    },
  ]
}

/** The mean over the runs of each input that both versions have a value for. */
function pairedValues(question: Question, pairs: readonly Pair[]): Values[] {
  return pairs.flatMap(({ before, after }) => {
    const [then, now] = [meanOf(before.runs, question), meanOf(after.runs, question)]
    return then === null || now === null ? [] : [{ id: before.id, before: then, after: now }]
  })
}

function meanOf(runs: readonly Run[], question: Question): number | null {
  const values = runs.map((run) => question.read(run)).filter((value) => value !== null)
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function metricOf(
  { name, kind, shown }: Question,
  values: readonly Values[],
  {
    rateMargin = TOLERANCE.binary,
    scoreMargin = TOLERANCE.score,
    seed = 1,
    of,
  }: GateSettings & { readonly of: number },
): GateMetric {
  const worse = values.filter(({ before, after }) => after < before)
  const better = values.filter(({ before, after }) => after > before)
  const deviation = Math.sqrt(sampleVariance(momentsOf(values.map(({ before }) => before))) ?? 0)
  const margin = kind === 'binary' ? rateMargin : scoreMargin * deviation
  // several runs of an input have a mean between 0 and 1, which is a score
  const isWhole =
    kind === 'binary' && values.every((one) => Number.isInteger(one.before) && Number.isInteger(one.after))
  const found = isWhole
    ? gateBinary({ worse: worse.length, better: better.length, n: values.length }, margin, ALPHA)
    : gateScore(
        values.map(({ before, after }) => after - before),
        margin,
        ALPHA,
        seed,
      )
  const isSame = worse.length + better.length === 0
  // a score that never varies has no margin, and equal answers have no difference to test; with a margin, few of them tell nothing
  const passes = found.verdict === 'pass' || (!isWhole && isSame && margin === 0)
  const verdict = passes ? 'pass' : found.pWorse <= ALPHA / of ? 'fail' : 'inconclusive'
  const mean = (read: (one: Values) => number): number =>
    values.reduce((sum, one) => sum + read(one), 0) / values.length
  return {
    name,
    verdict,
    inputs: values.length,
    baseline: shown(mean(({ before }) => before)),
    candidate: shown(mean(({ after }) => after)),
    difference: mean(({ before, after }) => after - before),
    lower: 'lower' in found && typeof found.lower === 'number' ? found.lower : null,
    margin,
    pWorse: found.pWorse,
    inputsNeeded: verdict === 'inconclusive' ? (found.inputsNeeded ?? enoughEqual(isWhole, margin)) : null,
    worseInputs: worse.slice(0, WORSE_SHOWN).map(({ id }) => id),
  }
}

const MOST_INPUTS = 100_000

/** Inputs that pass where none differs; null where a rate differs, or none up to 100,000 does. */
function enoughEqual(isWhole: boolean, margin: number): number | null {
  if (!isWhole) return null
  let [low, high] = [0, MOST_INPUTS]
  const passes = (n: number): boolean => gateBinary({ worse: 0, better: 0, n }, margin, ALPHA).verdict === 'pass'
  if (!passes(high)) return null
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (passes(middle)) high = middle
    else low = middle
  }
  return high
}

function verdictOf(metrics: readonly GateMetric[]): GateVerdict {
  if (metrics.some(({ verdict }) => verdict === 'fail')) return 'fail'
  return metrics.length > 0 && metrics.every(({ verdict }) => verdict === 'pass') ? 'pass' : 'inconclusive'
}
