import { describe, expect, test } from 'vitest'
import { DEFAULT_DEFINITIONS } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { compareForGate, type GatedInput } from './gate-comparison.ts'
import { gateJunit, gateMarkdown } from './gate-report-text.ts'

type Scores = Readonly<Record<string, number | string | null>>
const GOOD: Scores = { valid: 1, output_form: 'json' }
const FENCED: Scores = { valid: 0, output_form: 'json_fenced' }

const inputs = (count: number, scoresOf: (i: number) => Scores | null, runs = 1): GatedInput[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `t-${i}`,
    runs: Array.from({ length: runs }, (_run, run) => {
      const scores = scoresOf(i + run)
      return { isAnswered: scores !== null, scores: new Map(Object.entries(scores ?? {})) }
    }),
  }))
const good = (count: number): GatedInput[] => inputs(count, () => GOOD)
const metric = (found: ReturnType<typeof compareForGate>, name: string) =>
  found.metrics.find((one) => one.name === name)

describe('the gate', () => {
  test('passes a candidate that answers like the version in force', () => {
    expect(compareForGate(good(250), good(250), DEFAULT_DEFINITIONS)).toMatchObject({
      verdict: 'pass',
      inputs: 250,
      inputsNeeded: null,
    })
  })

  test('does not pass a score that three inputs have, although it is equal on those', () => {
    const helpful: ScoreDefinition = {
      name: 'helpful',
      version: '1',
      kind: 'score',
      direction: 'higher-better',
      detector: 'page',
      unit: 'points',
      scale: 'linear',
      categories: [],
    }
    const few = (): GatedInput[] => inputs(250, (i) => (i < 3 ? { ...GOOD, helpful: i } : GOOD))
    const found = compareForGate(few(), few(), [...DEFAULT_DEFINITIONS, helpful])
    expect(metric(found, 'helpful')).toMatchObject({ verdict: 'inconclusive', inputs: 3 })
    expect(found.verdict).toBe('inconclusive')
  })

  test('passes two versions that waver alike on a few inputs', () => {
    const wavers = (offset: number): GatedInput[] => inputs(250, (i) => ((i + offset) % 83 === 0 ? FENCED : GOOD))
    expect(compareForGate(wavers(0), wavers(7), DEFAULT_DEFINITIONS).verdict).toBe('pass')
  })

  test('fails a candidate that breaks the form, and names inputs', () => {
    const found = compareForGate(
      good(250),
      inputs(250, (i) => (i % 4 === 0 ? FENCED : GOOD)),
      DEFAULT_DEFINITIONS,
    )
    expect(found.verdict).toBe('fail')
    expect(metric(found, 'valid')).toMatchObject({ verdict: 'fail', baseline: 1, candidate: 187 / 250 })
    expect(metric(found, 'valid')?.worseInputs.slice(0, 2)).toEqual(['t-0', 't-4'])
    expect(metric(found, 'output_form is a usual one')?.verdict).toBe('fail')
  })

  test('fails a candidate that breaks the form although it tells of no validation', () => {
    const found = compareForGate(
      inputs(250, () => ({ output_form: 'json' })),
      inputs(250, () => ({ output_form: 'json_fenced' })),
      DEFAULT_DEFINITIONS,
    )
    expect(found.verdict).toBe('fail')
    expect(found.notCompared).toContain('valid')
  })

  test('fails a candidate that answers nothing, or whose scores are missing', () => {
    expect(
      compareForGate(
        good(250),
        inputs(250, () => null),
        DEFAULT_DEFINITIONS,
      ).verdict,
    ).toBe('fail')
    const unscored = inputs(250, () => ({ ...GOOD, valid: null }))
    const found = compareForGate(good(250), unscored, DEFAULT_DEFINITIONS)
    expect(found.verdict).toBe('fail')
    expect(metric(found, 'valid is given')?.verdict).toBe('fail')
  })

  test('says with few inputs how many would decide, and that many do', () => {
    const found = compareForGate(good(50), good(50), DEFAULT_DEFINITIONS)
    expect(found.verdict).toBe('inconclusive')
    expect(found.inputsNeeded).toBe(133)
    expect(compareForGate(good(133), good(133), DEFAULT_DEFINITIONS).verdict).toBe('pass')
    expect(compareForGate(good(132), good(132), DEFAULT_DEFINITIONS).verdict).toBe('inconclusive')
  })

  test('is inconclusive without an input in common', () => {
    expect(compareForGate(good(250), [], DEFAULT_DEFINITIONS)).toMatchObject({ verdict: 'inconclusive', metrics: [] })
  })

  test('compares the mean over the runs of an input', () => {
    const wavering = inputs(200, (i) => (i % 2 === 0 ? FENCED : GOOD), 3)
    const found = compareForGate(
      inputs(200, () => GOOD, 3),
      wavering,
      DEFAULT_DEFINITIONS,
    )
    expect(metric(found, 'valid')).toMatchObject({ verdict: 'fail', lower: null })
    expect(metric(found, 'valid')?.candidate).toBeCloseTo(0.5, 10)
  })

  test('turns scores of which less is better', () => {
    const definitions = DEFAULT_DEFINITIONS.filter(({ name }) => name === 'latency').map((one) => ({
      ...one,
      detector: 'page' as const,
    }))
    const slow = (factor: number): GatedInput[] => inputs(200, (i) => ({ latency: factor * (1 + (i % 9) / 10) }))
    expect(compareForGate(slow(1), slow(3), definitions).verdict).toBe('fail')
    expect(compareForGate(slow(3), slow(1), definitions).verdict).toBe('pass')
  })
})

describe('the report of a gate', () => {
  const names = { agent: 'a|b <c> "d"', baseline: './now.ts', candidate: './next.ts' }
  const failed = {
    ...names,
    ...compareForGate(
      good(250),
      inputs(250, (i) => (i % 4 === 0 ? FENCED : GOOD)),
      DEFAULT_DEFINITIONS,
    ),
  }

  test('is JUnit XML with a case for each metric and escaped names', () => {
    const text = gateJunit(failed)
    expect(text.match(/<testcase /gu)).toHaveLength(failed.metrics.length)
    expect(text).toContain('name="tidemark gate a|b &lt;c&gt; &quot;d&quot;"')
    expect(text).toContain('<failure type="fail" message="baseline 1, candidate 0.748 over 250 inputs')
  })

  test('is Markdown whose table no name can break', () => {
    const text = gateMarkdown(failed)
    const rows = text.split('\n').filter((line) => line.startsWith('|'))
    expect(rows).toHaveLength(2 + failed.metrics.length)
    expect(text).toContain(String.raw`### Tidemark gate of a\|b \<c\> "d": FAIL`)
    expect(text).toContain('The candidate is worse: valid, output_form is a usual one.')
  })
})
