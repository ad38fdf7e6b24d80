import {
  missing,
  SKIPPED,
  valueOf,
  type MissingReason,
  type ScoreDefinition,
  type ScoreOutcome,
  type Scorer,
} from '../scorer.ts'
import type { JudgeAnswer, JudgeMissing } from './judge-answer.ts'
import { concurrencyLimit } from './concurrency-limit.ts'
import { judgedRecord } from './judged-record.ts'
import type { Judge } from './judge.ts'
import { kindOfRubric, type Rubric } from './rubric.ts'

/** What is the team's choice about a judged score. */
export type JudgedScore = Pick<ScoreDefinition, 'name' | 'direction' | 'detector'> & { readonly rubric: Rubric }

/**
 * A judge as a scorer. Records known to the judge's store are answered from there: a long batch is judged beforehand with
 * `judgeBatch`, which renews the lease, and read here.
 */
export function judgeScorer(
  judge: Judge,
  { name, direction, detector, rubric }: JudgedScore,
  {
    concurrency,
    itemMilliseconds,
    isInSample,
  }: {
    readonly concurrency: number
    readonly itemMilliseconds: number
    /** A judge costs money: which records of a run it is asked about. The others are skipped, not missing. */
    readonly isInSample: (key: string) => boolean
  },
): Scorer {
  const limited = concurrencyLimit(concurrency)
  return {
    name,
    direction,
    detector,
    kind: kindOfRubric(rubric),
    unit: kindOfRubric(rubric) === 'binary' ? 'rate' : 'points',
    scale: 'linear',
    categories: [],
    version: judge.version.id,
    score: (record, { signal }) => {
      if (!isInSample(record.key)) return SKIPPED
      const item = judgedRecord(record)
      if (item === null) return record.isContentSampledOut ? SKIPPED : missing('no_content', 'the agent sent no text')
      return limited(async () => {
        const known = (await judge.store.find(judge.version.id, [item.record])).get(item.record)
        if (known !== undefined) return outcomeOf(known)
        if (signal.aborted) return missing('timed_out', 'the run ended before')
        const withinLimit = AbortSignal.any([signal, AbortSignal.timeout(itemMilliseconds)])
        return outcomeOf(await judge.ask(item, withinLimit))
      })
    },
  }
}

/** An answer in the words that all scores share. */
export function outcomeOf(answer: JudgeAnswer): ScoreOutcome {
  if (answer.kind === 'scored') return valueOf(answer.value)
  return missing(REASONS[answer.reason], answer.detail)
}

const REASONS: Readonly<Record<JudgeMissing, MissingReason>> = {
  cannot_judge: 'cannot_judge',
  refused: 'bad_answer',
  truncated: 'bad_answer',
  malformed: 'bad_answer',
  unknown_choice: 'bad_answer',
  no_text: 'no_content',
  too_long: 'too_large',
  provider_error: 'provider_failed',
  timeout: 'timed_out',
  budget: 'budget_spent',
  not_reached: 'timed_out',
}
