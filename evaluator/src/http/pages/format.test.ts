import { expect, test } from 'vitest'
import { durationText, numberText, percentText, scoreValueText, timeText } from './format.ts'

test.each([
  [0, '0'],
  [0.004, '<0.01'],
  [-0.004, '>−0.01'],
  [0.0123, '0.0123'],
  [2.34567, '2.35'],
  [-0.338, '−0.338'],
  [99.99, '100'],
  [366.2, '366'],
  [1234.5, '1,235'],
  [999_499, '999,499'],
  [999_500, '1 × 10⁶'],
  [2_592_000, '2.6 × 10⁶'],
  [1e300, '1 × 10³⁰⁰'],
  [-4.2e7, '−4.2 × 10⁷'],
  [Number.NaN, 'unknown'],
  [Infinity, 'unknown'],
])('%d reads %s', (value, text) => {
  expect(numberText(value)).toBe(text)
})

test.each([
  [0, '0.0 %'],
  [0.0004, '<0.1 %'],
  [0.948, '94.8 %'],
  [0.9996, '>99.9 %'],
  [1, '100.0 %'],
])('a share of %d reads %s', (share, text) => {
  expect(percentText(share)).toBe(text)
})

test.each([
  [0.61, 'binary', '', '61.0 %'],
  [0.88, 'score', 's', '0.88 s'],
  [21.4, 'score', '{token}', '21.4 tokens'],
  [3, 'score', '', '3'],
])('%d of a %s score in %j reads %s', (value, kind, unit, text) => {
  expect(scoreValueText(value, { kind, unit })).toBe(text)
})

test.each([
  [0.8, '800 ms'],
  [60, '60 s'],
  [900, '15 min'],
  [86_400, '24 h'],
  [604_800, '7 days'],
])('%d seconds read %s', (seconds, text) => {
  expect(durationText(seconds)).toBe(text)
})

test('times are in UTC and say so', () => {
  expect(timeText(Date.UTC(2026, 9, 1, 8, 5))).toBe('1 Oct 2026, 08:05 UTC')
})
