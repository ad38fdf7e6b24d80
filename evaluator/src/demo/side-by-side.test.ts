import { expect, test } from 'vitest'
import { sideBySide } from './side-by-side.ts'

const left = { title: 'then', text: 'one two three four five six seven eight nine ten eleven twelve' }
const right = { title: 'now', text: 'short' }

test('wide screens show two columns, no line is longer than the screen', () => {
  const lines = sideBySide(left, right, 90)
  expect(lines[0]).toMatch(/^ {2}then +│ now$/u)
  expect(lines.every((line) => line.length <= 90)).toBe(true)
  expect(lines.join(' ')).toContain('twelve')
})

test('narrow screens show one text below the other', () => {
  const lines = sideBySide(left, right, 40)
  expect(lines).toContain('then')
  expect(lines).toContain('  short')
  expect(lines.every((line) => line.length <= 40)).toBe(true)
})

test('a word longer than the column is cut, not lost', () => {
  const word = 'x'.repeat(100)
  const lines = sideBySide({ title: '', text: word }, right, 90)
  expect(lines.join('').match(/x/gu)).toHaveLength(100)
})
