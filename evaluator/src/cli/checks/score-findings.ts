import type { BaselineSummary, VerdictRecord } from '../../domain/verdict.ts'
import { warning, type Finding } from './finding.ts'

/** With fewer a small change of a judge is seen late. */
const ANCHORS_RECOMMENDED = 50

/** Why a score of the baseline is not compared; what the baseline lacks is a finding of its own. */
const REASONS = {
  other_version: 'scored another way than in the baseline',
  not_configured: 'no longer configured',
} as const

/** What of the scores of a baseline is not watched any more, or not well. Empty where all is well. */
export function scoreFindings(
  agent: string,
  baseline: Pick<BaselineSummary, 'judgeAnchors'> | undefined,
  newest: Pick<VerdictRecord, 'uncompared'> | undefined,
): Finding[] {
  const freeze = `tidemark baseline freeze --agent ${agent} --production 14d --replace`
  const judges = Object.entries(baseline?.judgeAnchors ?? {}).flatMap(([score, anchors]): Finding[] => {
    if (anchors >= ANCHORS_RECOMMENDED) return []
    const effect = anchors === 0 ? 'when it changes it looks like the agent' : 'a small change of it is seen late'
    return [
      warning(
        `judge of ${agent}`,
        `${score} has ${anchors} of ${ANCHORS_RECOMMENDED} anchors: ${effect}`,
        `Freeze a baseline with more outputs that have text and can be judged: ${freeze}`,
      ),
    ]
  })
  const lost = (newest?.uncompared ?? []).flatMap(({ score, reason }) =>
    reason === 'not_in_baseline' ? [] : [`${score} (${REASONS[reason]})`],
  )
  if (lost.length === 0) return judges
  const next = `They say nothing before the next baseline: put the scores back, or ${freeze}`
  return [...judges, warning(`scores of ${agent}`, `not compared: ${lost.join(', ')}`, next)]
}
