import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { expect, test } from 'vitest'
import { parseExposition } from '../../tests/http/exposition.ts'
import { DAY, exampleHistory, exampleVerdict, slotOfDay } from '../../tests/http/verdict-fixture.ts'
import { renderOpenMetrics } from './openmetrics.ts'

const EVIDENCE = EVALUATOR_METRIC.driftEvidence.name

test('history ends in # EOF and keeps each family and each series in one piece', () => {
  const text = [...renderOpenMetrics([...exampleHistory(5, 'b'), ...exampleHistory(5, 'a')])].join('')
  expect(text.endsWith('\n# EOF\n')).toBe(true)
  const { families, samples } = parseExposition(text)
  expect(runsOf(samples.map((sample) => sample.name))).toEqual(families)
  const identities = runsOf(samples.map(({ name, labels }) => JSON.stringify([name, labels])))
  expect(new Set(identities).size).toBe(identities.length)
})

test('history carries the time of the slot in seconds, in order', () => {
  const { samples } = parseExposition([...renderOpenMetrics(exampleHistory(33).toReversed())].join(''))
  const page = samples.filter(({ name, labels }) => name === EVIDENCE && labels['severity'] === 'page')
  expect(page.map((sample) => sample.timestamp)).toEqual(
    Array.from({ length: 33 }, (_, index) => slotOfDay(index + 1) / 1000),
  )
  expect(page.at(-1)?.value).toBe(exampleVerdict({ day: 33 }).detectors[0]?.evidence)
})

test('a series that begins or ends with a slot has samples of those slots only', () => {
  const { samples } = parseExposition([...renderOpenMetrics(exampleHistory(33))].join(''))
  const onset = samples.filter(({ name }) => name === EVALUATOR_METRIC.driftOnset.name)
  expect(onset.map((sample) => sample.timestamp)).toEqual([31, 32, 33].map((day) => slotOfDay(day) / 1000))
})

test('history shows the incident of a severity as open in the slots in which its detector alarms', () => {
  const alarms = exampleVerdict().detectors.map((one) => ({ ...one, alarm: one.severity === 'ticket' }))
  const { samples } = parseExposition([...renderOpenMetrics([exampleVerdict({ detectors: alarms })])].join(''))
  const held = samples.filter(({ name, value }) => name === EVALUATOR_METRIC.driftIncident.name && value === 1)
  expect(held.map(({ labels }) => [labels['severity'], labels['state']])).toEqual([['ticket', 'open']])
})

test('a step repeats the values of a slot until the next one, the newest slot up to the given time', () => {
  const step = DAY / 4
  const until = slotOfDay(2) + DAY / 2
  const { samples } = parseExposition([...renderOpenMetrics(exampleHistory(2), { step, until })].join(''))
  const page = samples.filter(({ name, labels }) => name === EVIDENCE && labels['severity'] === 'page')
  expect(page.map((sample) => sample.timestamp)).toEqual(
    [0, 1, 2, 3, 4, 5].map((index) => (slotOfDay(1) + index * step) / 1000),
  )
  expect(new Set(page.slice(0, 4).map((sample) => sample.value)).size).toBe(1)
  expect(page[4]?.value).not.toBe(page[3]?.value)
})

test('a step alone never writes into the time after the newest slot', () => {
  const { samples } = parseExposition([...renderOpenMetrics(exampleHistory(2), { step: 3_600_000 })].join(''))
  const last = samples.reduce((latest, sample) => Math.max(latest, sample.timestamp ?? 0), 0)
  expect(last).toBe(slotOfDay(2) / 1000)
})

test('of two results of one slot the later run counts', () => {
  const first = exampleVerdict({ day: 3, samples: 7 })
  const again = exampleVerdict({ day: 3, samples: 9, evaluatedAt: first.evaluatedAt + 1 })
  const { samples } = parseExposition([...renderOpenMetrics([again, first])].join(''))
  expect(samples.filter(({ name }) => name === EVALUATOR_METRIC.evaluationSamples.name)).toEqual([
    expect.objectContaining({ value: 9 }),
  ])
})

test('label values are escaped', () => {
  const agent = 'say "hi"\\ or\nnot'
  const { samples } = parseExposition([...renderOpenMetrics([exampleVerdict({ agent })])].join(''))
  expect(samples[0]?.labels[AGENT_LABEL]).toBe('say "hi"\\ or\uFFFDnot')
})

test('no verdict at all is a valid, empty exposition', () => {
  expect([...renderOpenMetrics([])].join('')).toBe('# EOF\n')
})

test.each([0, -1, Number.NaN])('a step of %s is refused', (step) => {
  expect(() => [...renderOpenMetrics(exampleHistory(2), { step })]).toThrow(
    expect.objectContaining({ code: 'argument_invalid' }),
  )
})

/** The values without their immediate repetitions. */
function runsOf(values: readonly string[]): string[] {
  return values.filter((value, index) => value !== values[index - 1])
}
