import { expect, test } from 'vitest'
import { byteNames, nameAt } from './byte-names.ts'

const names = byteNames(['a.first', 'b.first', 'a.other', 'größe'])
const find = (text: string, start = 0, length = Buffer.byteLength(text) - start) =>
  nameAt(names, Buffer.from(text), start, length)

test.each(['a.first', 'b.first', 'a.other', 'größe'])('%s is found', (name) => {
  expect(find(name)).toBe(name)
})

test.each(['', 'c.first', 'a.firs', 'a.first ', 'a.othes', 'A.first'])('%j is none of the names', (text) => {
  expect(find(text)).toBeUndefined()
})

test('a name is found inside a longer buffer, at its own length only', () => {
  expect(find('xx a.other', 3)).toBe('a.other')
  expect(find('a.otherwise', 0, 7)).toBe('a.other')
  expect(find('a.otherwise')).toBeUndefined()
})
