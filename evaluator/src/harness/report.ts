import { effectInPoints, detectableEffects, rateDifference, wilson, type Interval } from '../statistics/index.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import type { Ended } from './ask-all.ts'
import { textOf } from './asked-call.ts'
import type { SetName } from './journal.ts'
import { decidingScores, failureOf, passingOf } from './passing.ts'
import { readiness, type Readiness } from './readiness.ts'
import type { ScoredResult } from './score-run.ts'

export type RateRow = Interval & {
  readonly segment: string
  readonly passed: number
  readonly judged: number
  readonly rate: number | null
}
export type FailureRow = {
  readonly set: SetName
  readonly kind: string
  readonly count: number
  /** At most three. Texts only where the agent's content policy keeps them. */
  readonly examples: readonly {
    readonly id: string
    readonly input: string | null
    readonly output: string | null
    readonly detail: string
  }[]
}
export type SetReport = {
  /** Inputs that were asked, and calls over all runs. */
  readonly examples: number
  readonly calls: number
  readonly failedCalls: number
  readonly unjudged: number
  /** Of the first run: every example counts once. */
  readonly total: RateRow
  readonly segments: readonly RateRow[]
  /** Share of the population, by the weights of a stratified or collapsed sample; null where all weigh the same. */
  readonly weighted: (Interval & { readonly rate: number; readonly effectiveExamples: number }) | null
  readonly latencySeconds: {
    readonly median: number
    readonly p90: number
    readonly p99: number
    readonly values: readonly number[]
  } | null
  readonly costUsd: { readonly total: number; readonly perCall: number; readonly unknownCalls: number } | null
}
export type HarnessReport = {
  readonly agent: string
  readonly run: string
  readonly target: string
  readonly startedAt: number
  readonly ended: Ended
  readonly runs: number
  readonly asked: { readonly done: number; readonly of: number }
  readonly deciding: readonly string[]
  readonly silent: readonly string[]
  readonly real: SetReport
  readonly demo: SetReport | null
  /** Demo minus real, in shares; positive: the demo set flatters. */
  readonly gap: (Interval & { readonly difference: number }) | null
  readonly failures: readonly FailureRow[]
  /** Inputs whose runs disagree; null for one run. */
  readonly flaky: {
    readonly inputs: number
    readonly of: number
    readonly examples: readonly { readonly id: string; readonly runs: string }[]
  } | null
  /** Smallest fall of the pass rate, in shares, found with 90 % power when it is there from the first day. */
  readonly detectable: { readonly examples: number; readonly fall: number | null }
  /** Examples with which a fall of `fall` would be found; null where no number up to 2,000 does. */
  readonly recommended: { readonly fall: number; readonly examples: number | null }
  readonly readiness: Readiness
}

export type ReportRequest = {
  readonly agent: string
  readonly run: string
  readonly target: string
  readonly startedAt: number
  readonly ended: Ended
  readonly runs: number
  readonly of: number
  readonly definitions: readonly ScoreDefinition[]
  readonly runsPerYear: number
  readonly falsePagesPerYear: number
  /** Least pass rate, as the lower end of its interval. */
  readonly readyAt: number
  readonly segmentOf: (one: ScoredResult) => string
  /** What may be shown of a text; null for nothing. */
  readonly shown: (text: string) => string | null
}

/** The fall that the recommended number of examples is for. */
const FALL_TO_FIND = 0.05
const MOST_EXAMPLES = 2000

/** Pure: the same journal and scores give the same report. */
export function reportOf(results: readonly ScoredResult[], request: ReportRequest): HarnessReport {
  const { agent, run, target, startedAt, ended, runs, of } = request
  const { deciding, silent } = decidingScores(request.definitions, results)
  const bySet = (set: SetName): readonly ScoredResult[] => results.filter((one) => one.set === set)
  const real = setReport(bySet('real'), deciding, request)
  const demoResults = bySet('demo')
  const demo = demoResults.length === 0 ? null : setReport(demoResults, deciding, request)
  const gap =
    demo === null
      ? null
      : (rateDifference(
          { x: demo.total.passed, n: demo.total.judged },
          { x: real.total.passed, n: real.total.judged },
        ) ?? null)
  const rate = real.total.rate
  const fallAt = (examples: number): number | null => smallestFall(examples, rate ?? 0, deciding.length, request)
  const report = {
    agent,
    run,
    target,
    startedAt,
    ended,
    runs,
    asked: { done: results.length, of },
    deciding,
    silent,
    real,
    demo,
    gap,
    failures: failureRows(results, deciding, request),
    flaky: runs < 2 ? null : flakyInputs(bySet('real'), deciding),
    detectable: { examples: real.total.judged, fall: rate === null ? null : fallAt(real.total.judged) },
    recommended: { fall: FALL_TO_FIND, examples: rate === null ? null : enoughExamples(fallAt) },
  }
  return { ...report, readiness: readiness(report, request.readyAt) }
}

function setReport(results: readonly ScoredResult[], deciding: readonly string[], request: ReportRequest): SetReport {
  const first = results.filter(({ result }) => result.run === 1)
  const judged = first
    .map((one) => ({ one, passing: passingOf(one, deciding), segment: request.segmentOf(one) }))
    .filter(({ passing }) => passing !== 'unjudged')
  const bySegment = Map.groupBy(judged, ({ segment }) => segment)
  const row = (segment: string, items: typeof judged): RateRow => {
    const passed = items.filter(({ passing }) => passing === 'passed').length
    return {
      segment,
      passed,
      judged: items.length,
      rate: items.length === 0 ? null : passed / items.length,
      ...wilson(passed, items.length),
    }
  }
  return {
    examples: first.length,
    calls: results.length,
    failedCalls: results.filter(({ result }) => result.outcome.kind !== 'answer').length,
    unjudged: first.length - judged.length,
    total: row('all', judged),
    segments: [...bySegment]
      .map(([segment, items]) => row(segment, items))
      .toSorted((a, b) => b.judged - a.judged || (a.segment < b.segment ? -1 : 1)),
    weighted: weightedRate(
      judged.map(({ one, passing }) => ({
        weight: one.example.count / one.example.probability,
        isPassed: passing === 'passed',
      })),
    ),
    ...latencyAndCost(results),
  }
}

/** Horvitz and Thompson's estimate; its interval is Wilson's with Kish's effective number of examples. Heuristic. */
function weightedRate(items: readonly { weight: number; isPassed: boolean }[]): SetReport['weighted'] {
  const [first] = items
  if (first === undefined || items.every(({ weight }) => weight === first.weight)) return null
  const sum = items.reduce((total, { weight }) => total + weight, 0)
  const rate = items.reduce((total, { weight, isPassed }) => total + (isPassed ? weight : 0), 0) / sum
  const effective = sum ** 2 / items.reduce((total, { weight }) => total + weight ** 2, 0)
  const n = Math.max(1, Math.round(effective))
  return { rate, effectiveExamples: effective, ...wilson(Math.round(rate * n), n) }
}

function latencyAndCost(results: readonly ScoredResult[]): Pick<SetReport, 'latencySeconds' | 'costUsd'> {
  const answers = results.flatMap(({ result: { outcome } }) => (outcome.kind === 'answer' ? [outcome.answer] : []))
  const values = answers.map(({ latencySeconds }) => latencySeconds).toSorted((a, b) => a - b)
  const at = (share: number): number => values[Math.min(values.length - 1, Math.floor(share * values.length))] ?? 0
  const costs = answers.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]))
  const total = costs.reduce((sum, cost) => sum + cost, 0)
  return {
    latencySeconds: values.length === 0 ? null : { median: at(0.5), p90: at(0.9), p99: at(0.99), values },
    costUsd:
      costs.length === 0 ? null : { total, perCall: total / costs.length, unknownCalls: answers.length - costs.length },
  }
}

const EXAMPLES_SHOWN = 3
const SHOWN_CHARACTERS = 400

function failureRows(
  results: readonly ScoredResult[],
  deciding: readonly string[],
  { shown }: ReportRequest,
): FailureRow[] {
  const failed = results
    .filter((one) => one.result.run === 1 && passingOf(one, deciding) === 'failed')
    .map((one) => ({ one, ...failureOf(one, deciding) }))
  return [...Map.groupBy(failed, ({ one, kind }) => `${one.set} ${kind}`).values()]
    .map((items) => ({
      set: items[0]?.one.set ?? 'real',
      kind: items[0]?.kind ?? '',
      count: items.length,
      examples: items.slice(0, EXAMPLES_SHOWN).map(({ one: { example, result }, detail }) => ({
        id: example.id,
        input: cut(shown(textOf(example.input))),
        output: result.outcome.kind === 'answer' ? cut(shown(result.outcome.answer.output)) : null,
        detail: cut(detail) ?? '',
      })),
    }))
    .toSorted((a, b) => (a.set === b.set ? b.count - a.count : a.set === 'real' ? -1 : 1))
}

function cut(text: string | null): string | null {
  if (text === null || text.length <= SHOWN_CHARACTERS) return text
  return `${text.slice(0, SHOWN_CHARACTERS).toWellFormed()}… (${text.length - SHOWN_CHARACTERS} more)`
}

function flakyInputs(results: readonly ScoredResult[], deciding: readonly string[]): HarnessReport['flaky'] {
  const byInput = [...Map.groupBy(results, ({ example }) => example.id)]
    .map(([id, runs]) => ({
      id,
      passings: runs.toSorted((a, b) => a.result.run - b.result.run).map((one) => passingOf(one, deciding)),
    }))
    .filter(({ passings }) => passings.filter((passing) => passing !== 'unjudged').length > 1)
  const flaky = byInput.filter(({ passings }) => passings.includes('passed') && passings.includes('failed'))
  return {
    inputs: flaky.length,
    of: byInput.length,
    examples: flaky.slice(0, 20).map(({ id, passings }) => ({ id, runs: passings.join(', ') })),
  }
}

/** As a baseline of so many examples would print it (STATISTICS §12), for the pass rate as one of the deciding scores. */
function smallestFall(
  examples: number,
  rate: number,
  scores: number,
  { runsPerYear, falsePagesPerYear }: ReportRequest,
): number | null {
  if (examples < 1) return null
  // two binary metrics are watched at least: the output form stands beside every pass score
  const { launch, launchIsDetectable } = detectableEffects({
    baselineItems: examples,
    runsPerYear,
    falsePagesPerYear,
    weight: 1 / (scores + 1),
  })
  if (launch === null || !launchIsDetectable) return null
  // at a rate of 1 the spread would be 0: half a failure more keeps it honest
  const spread = Math.min(rate, (examples - 0.5) / examples)
  return effectInPoints(launch, Math.max(spread, 0.5 / examples))
}

function enoughExamples(fallAt: (examples: number) => number | null): number | null {
  for (let examples = 50; examples <= MOST_EXAMPLES; examples += 10) {
    const fall = fallAt(examples)
    if (fall !== null && fall <= FALL_TO_FIND) return examples
  }
  return null
}
