import type { ScoreDefinition } from '../scoring/scorer.ts'
import type { ScoredResult } from './score-run.ts'

/** Passed, failed, or nobody can say; a call that failed has failed. */
export type Passing = 'passed' | 'failed' | 'unjudged'

/**
 * The scores that decide whether an answer passes: binary, higher is better, able to page. One that no answer has (a target
 * that tells of no validation) decides nothing, and is named in `silent`.
 */
export function decidingScores(
  definitions: readonly ScoreDefinition[],
  results: readonly ScoredResult[],
): { readonly deciding: readonly string[]; readonly silent: readonly string[] } {
  const able = definitions.filter(
    ({ kind, direction, detector }) => kind === 'binary' && direction === 'higher-better' && detector === 'page',
  )
  const present = new Set(
    results.flatMap(({ scores }) => scores.flatMap(({ name, value }) => (value === null ? [] : [name]))),
  )
  return {
    deciding: able.filter(({ name }) => present.has(name)).map(({ name }) => name),
    silent: able.filter(({ name }) => !present.has(name)).map(({ name }) => name),
  }
}

/** A missing score is never a failure: where none failed and one is missing, nobody can say. */
export function passingOf({ result, scores }: ScoredResult, deciding: readonly string[]): Passing {
  if (result.outcome.kind !== 'answer') return 'failed'
  const values = deciding.map((name) => scores.find((score) => score.name === name)?.value ?? null)
  if (values.includes(0)) return 'failed'
  return values.length > 0 && values.every((value) => value === 1) ? 'passed' : 'unjudged'
}

/** Why it failed, for the taxonomy: what the target did, or the scores that failed it. */
export function failureOf(
  one: ScoredResult,
  deciding: readonly string[],
): { readonly kind: string; readonly detail: string } {
  const { outcome } = one.result
  if (outcome.kind !== 'answer') return { kind: `call ${outcome.kind}`, detail: outcome.detail }
  const failed = one.scores.filter(({ name, value }) => deciding.includes(name) && value === 0).map(({ name }) => name)
  const validation = failed.includes('valid') ? ` (${outcome.answer.validation ?? ''})` : ''
  const form = one.scores.find(({ name }) => name === 'output_form')?.value
  return {
    kind: `${failed.join(' + ')}${validation}${form === undefined || form === null ? '' : `, output ${form}`}`,
    detail: '',
  }
}
