import { expect, test } from 'vitest'
import { figure } from './verdict-text.ts'

test.each([
  [0, '0'],
  [456.25, '456'],
  [0.6789, '0.679'],
  [12_345.6, '12350'],
  [5.4e22, '5.4e+22'],
  [0.000_01, '1.0e-5'],
])('%d is shown as %s', (value, text) => {
  expect(figure(value)).toBe(text)
})
