import { expect, test } from 'vitest'
import { DEFAULT_DEFINITIONS } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { uncomparedScores } from './uncompared-scores.ts'

const helpfulness: ScoreDefinition = { ...DEFAULT_DEFINITIONS[0]!, name: 'helpfulness', kind: 'binary', version: 'one' }
const frozen = { ...helpfulness, sorted: [], cuts: [] }
const baseline = {
  scores: [frozen],
  anchors: { helpfulness: { kind: 'binary', isDeterministic: false, values: [] } },
} as const

test('a judge of another version is compared, since its anchors tell it from the agent', () => {
  expect(uncomparedScores(baseline, [{ ...helpfulness, version: 'two' }])).toEqual([])
})

test('a judge whose rubric became graded is not compared with one of pass and fail', () => {
  const graded: ScoreDefinition = { ...helpfulness, kind: 'score', version: 'two' }
  expect(uncomparedScores(baseline, [graded])).toEqual([{ score: 'helpfulness', reason: 'other_version' }])
  expect(uncomparedScores(baseline, [{ ...graded, version: 'one' }])).toHaveLength(1)
})
