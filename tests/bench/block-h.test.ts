import { describe, expect, test } from 'vitest'
import { blockHMarkdown } from '../../evaluator/bench/block-h/block-h.ts'
import { detectableFigures } from '../../evaluator/bench/block-h/detectable-figures.ts'
import { boundFigure, medianFigure, shareFigure, yearlyFigure } from '../../evaluator/bench/block-h/figure.ts'
import { firstAlarm, followOne, type OneStream } from '../../evaluator/bench/block-h/one-stream.ts'
import { recordedFigures } from '../../evaluator/bench/block-h/recorded-figures.ts'
import { replayFigures } from '../../evaluator/bench/block-h/replay-figures.ts'
import { restartFigures } from '../../evaluator/bench/block-h/restart-figures.ts'
import { shareFigures } from '../../evaluator/bench/block-h/share-figures.ts'
import {
  changeFigures,
  dayEffectFigures,
  quarterFigures,
  type Repeat,
  toleranceFigures,
} from '../../evaluator/bench/block-h/single-stream-figures.ts'
import { readDatasets } from '../../evaluator/bench/pools/datasets.ts'
import { recordedData } from '../recorded-data.ts'

const NAMED = { experiment: 'one', figure: 'other' }
const hits = (count: number, all: number): boolean[] => Array.from({ length: all }, (_, index) => index < count)

describe('agreement', () => {
  test('a share agrees within 0.02 and two standard errors of both simulations', () => {
    const stated = { expected: 0.1, repetitions: 100 }
    expect(shareFigure(NAMED, stated, hits(10, 100))).toMatchObject({ measured: 0.1, agrees: true })
    expect(shareFigure(NAMED, stated, hits(24, 100))).toMatchObject({ measured: 0.24, agrees: false })
    // 0.15 of both together: 0.02 + 2 sqrt(0.15 * 0.85 * 0.02)
    expect(shareFigure(NAMED, stated, hits(20, 100)).tolerance).toBeCloseTo(0.02 + 2 * Math.sqrt(0.00255), 12)
  })

  test('a stated certainty allows for the agents that were not looked at, and not for half of them', () => {
    const stated = { expected: 1, repetitions: 30 }
    expect(shareFigure(NAMED, stated, hits(29, 30)).agrees).toBe(true)
    expect(shareFigure(NAMED, stated, hits(20, 30)).agrees).toBe(false)
  })

  test('a median agrees within a run or 15 %, and never where it is not reached', () => {
    expect(medianFigure(NAMED, 2, [3, 3, 3]).agrees).toBe(true)
    expect(medianFigure(NAMED, 2, [4, 4, 4]).agrees).toBe(false)
    expect(medianFigure(NAMED, 20, [23, 23, 23]).agrees).toBe(true)
    expect(medianFigure(NAMED, 2, [1, Infinity, Infinity])).toMatchObject({ measured: null, agrees: false })
  })

  test('nothing measured agrees with nothing', () => {
    expect(shareFigure(NAMED, { expected: 0.1, repetitions: 100 }, [])).toMatchObject({ measured: null, agrees: false })
  })

  test('a bound and a yearly count can be missed', () => {
    expect(boundFigure(NAMED, 1, 1.1, 10).agrees).toBe(false)
    expect(yearlyFigure(NAMED, { expected: 3, repetitions: 30 }, [3, 3, 3]).agrees).toBe(true)
    expect(yearlyFigure(NAMED, { expected: 3, repetitions: 30 }, [9, 9, 9]).agrees).toBe(false)
  })

  test('the report counts and marks what does not agree', () => {
    const figures = [boundFigure(NAMED, 1, 1.1, 10), boundFigure(NAMED, 1, 0.9, 10)]
    const markdown = blockHMarkdown({ figures })
    expect(markdown).toContain('1 of 2 agree')
    expect(markdown).toContain('**no**')
  })
})

test('a detector that is too timid does not reproduce the figures', () => {
  const timid: OneStream = {
    name: 'timid',
    kind: 'binary',
    weight: 1e-6,
    falsePagesPerYear: 1,
    baselineItems: 250,
    perRun: 100,
    runs: 37,
    level: (run) => (run < 31 ? 0.97 : 0.9),
  }
  const found = Array.from({ length: 12 }, (_, agent) => firstAlarm(followOne(timid, agent).page, 31) <= 33)
  expect(shareFigure(NAMED, { expected: 0.93, repetitions: 30 }, found).agrees).toBe(false)
})

const few: Repeat = (stated) => Math.max(20, Math.round(stated / 4))

describe('figures of the reference, with fewer repetitions', () => {
  test.each([
    ['one rate', changeFigures],
    ['a quarter of the evidence', quarterFigures],
    ['days that differ', dayEffectFigures],
    ['a tolerated drift before a real one', toleranceFigures],
    ['restarts', restartFigures],
    ['escalations', shareFigures],
    ['the printed detectable shift', detectableFigures],
    ['replay and guard', replayFigures],
  ])('%s', { timeout: 240_000 }, (_, measure) => {
    const figures = measure(few)
    expect(figures.length).toBeGreaterThan(1)
    expect(figures.filter(({ agrees }) => !agrees)).toEqual([])
  })

  const recordings = recordedData('')
  test.skipIf(recordings === undefined)('recorded outputs', { timeout: 240_000 }, () => {
    const figures = recordedFigures(readDatasets(recordings ?? ''), () => 40)
    expect(figures.length).toBeGreaterThan(15)
    expect(figures.filter(({ agrees }) => !agrees)).toEqual([])
  })

  test('nothing is stated of recordings that are not those of the reference', () => {
    expect(recordedFigures([{ name: 'function-calls', runs: [], pairs: [] }], few)).toEqual([])
  })
})
