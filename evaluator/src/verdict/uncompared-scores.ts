import type { UncomparedScore } from '../domain/verdict.ts'
import { DEFAULT_DEFINITIONS } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import type { BaselineDocument } from './baseline-document.ts'

/**
 * Scores of baseline and configuration that cannot be compared. A judge that is another one is: its anchors tell it from the
 * agent, unless its rubric gives values of another kind.
 */
export function uncomparedScores(
  { scores, anchors = {} }: Pick<BaselineDocument, 'scores' | 'anchors'>,
  configured: readonly ScoreDefinition[],
): UncomparedScore[] {
  const lost = scores.flatMap(({ name, version, kind }): UncomparedScore[] => {
    const scorer = configured.find((one) => one.name === name)
    if (scorer === undefined) return [{ score: name, reason: 'not_configured' }]
    const isComparable = scorer.version === version || Object.hasOwn(anchors, name)
    if (scorer.kind === kind && isComparable) return []
    return [{ score: name, reason: 'other_version' }]
  })
  const fresh = configured.filter(({ name }) => !isDefault(name) && !scores.some((score) => score.name === name))
  return [...lost, ...fresh.map(({ name }): UncomparedScore => ({ score: name, reason: 'not_in_baseline' }))]
}

/** A default score that the baseline lacks was warned of when it was frozen: the agent does not report it. */
function isDefault(name: string): boolean {
  return DEFAULT_DEFINITIONS.some((score) => score.name === name)
}
