import { expect, test } from 'vitest'
import type { ChangeRow, DetectionReport } from '../../evaluator/bench/detection-rows.ts'
import { sideBySide } from '../../evaluator/bench/side-by-side.ts'

const row = (pair: string, detector: string, medianDelayDays: number | null, found3: number): ChangeRow => ({
  pair,
  detector,
  found3,
  found7: 1,
  found30: 1,
  medianDelayDays,
  onsetErrorDays: null,
  causeFirst: null,
})
const reportOf = (change: readonly ChangeRow[]): DetectionReport => ({
  noChange: [{ run: 'one', detector: 'river ADWIN', pAnyPageYear: 0.03, falsePageDays: 0 }],
  noDriftPairs: [],
  change,
  mixOnly: [],
})
const PAGE = 'tidemark at the false-page rate of river ADWIN'
const EITHER = 'tidemark, page or notice, at the false-page rate of river ADWIN'
const WORSE = 'river ADWIN, improvements left out'

test('a change on which another detector is ahead by more than a day is named', () => {
  const text = sideBySide(
    reportOf([
      row('early', 'river ADWIN', 2, 0.5),
      row('early', EITHER, 3.5, 0.5),
      row('even', 'river ADWIN', 2, 0.5),
      row('even', EITHER, 3, 0.5),
      row('early', PAGE, 3.5, 0.5),
      row('even', PAGE, 20, 0),
    ]),
  )
  expect(text).toContain('| river ADWIN | any change | 0.03, - | 2 | 1 | 0 | 0 | 0 |')
  expect(text).toContain('- early: median 2 against 3.5 days')
  expect(text.split('**river ADWIN** (any change) is ahead')[1]?.split('**')[0]).not.toContain('- even:')
  // against pages alone it is ahead there too, and that is said as well
  expect(text).toContain('| river ADWIN | any change, against pages alone | 0.03, - | 2 | 2 | 0 | 1 | 0 |')
  expect(text).toContain('- even: median 2 against 20 days')
})

test('more found in three days is being ahead, and a median that is never reached is behind', () => {
  const text = sideBySide(
    reportOf([
      row('soon', 'river ADWIN', 2, 0.8),
      row('soon', EITHER, 2, 0.6),
      row('never', 'river ADWIN', null, 0),
      row('never', EITHER, 40, 0),
      row('soon', PAGE, 2, 0.6),
    ]),
  )
  expect(text).toContain('| river ADWIN | any change | 0.03, - | 2 | 0 | 1 | 1 | 0 |')
  expect(text).toContain('- soon: median 2 against 2 days, in three days 0.80 against 0.60')
})

test('a detector that leaves improvements out is compared with pages, and others with pages or notices', () => {
  const text = sideBySide(
    reportOf([
      row('a', WORSE, 2, 1),
      row('a', `tidemark at the false-page rate of ${WORSE}`, 1, 1),
      row('a', 'rule, at the false-page rate of tidemark', 1, 1),
      row('a', 'tidemark', null, 0),
      row('a', 'tidemark, page or notice of improvement', 1, 1),
    ]),
  )
  expect(text).toContain(`| ${WORSE} | what got worse |`)
  expect(text).toContain('| rule, at the false-page rate of tidemark | any change | -, - | 1 | 0 | 0 | 0 | 0 |')
})

test('a detector without a rate to match is compared at its defaults', () => {
  const text = sideBySide(reportOf([row('a', 'rule', 2, 1), row('a', 'tidemark', 4, 0.4)]))
  expect(text).toContain('| rule | at its defaults, against pages alone | -, - | 1 | 1 | 0 | 1 | 0 |')
})

test('without another detector there is nothing to compare', () => {
  expect(sideBySide(reportOf([row('a', 'tidemark', 1, 1)]))).toBe('')
})
