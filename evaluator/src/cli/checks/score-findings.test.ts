import { expect, test } from 'vitest'
import { scoreFindings } from './score-findings.ts'

test('50 anchors and compared scores are no finding, and neither is an agent that nothing is judged of', () => {
  expect(scoreFindings('a', { judgeAnchors: { helpfulness: 50 } }, {})).toEqual([])
  expect(scoreFindings('a', undefined, undefined)).toEqual([])
})

test('a judge with few anchors, or none, is a warning of its own', () => {
  const findings = scoreFindings('a', { judgeAnchors: { helpfulness: 32, tone: 0, style: 50 } }, undefined)
  expect(findings.map(({ state, detail }) => `${state}: ${detail}`)).toEqual([
    'warning: helpfulness has 32 of 50 anchors: a small change of it is seen late',
    'warning: tone has 0 of 50 anchors: when it changes it looks like the agent',
  ])
  expect(findings[0]?.next).toContain('tidemark baseline freeze --agent a')
})

test('scores that are not compared are named with their reasons', () => {
  const uncompared = [
    { score: 'tone', reason: 'other_version' },
    { score: 'old', reason: 'not_configured' },
    { score: 'fresh', reason: 'not_in_baseline' },
  ] as const
  expect(scoreFindings('a', {}, { uncompared })).toMatchObject([
    {
      what: 'scores of a',
      state: 'warning',
      detail: 'not compared: tone (scored another way than in the baseline), old (no longer configured)',
    },
  ])
})
