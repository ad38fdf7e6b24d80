/* oxlint-disable no-control-regex -- controls are what this file is about */
import { assert, property, string } from 'fast-check'
import { expect, test } from 'vitest'
import { cutText, lineText, visibleText } from './hostile-text.ts'

test.each([
  ['right-to-left override', 'invoice\u202Egnp.exe', 'invoice⟨U+202E⟩gnp.exe'],
  ['isolates', '\u2066a\u2069', '⟨U+2066⟩a⟨U+2069⟩'],
  ['marks', '\u200Ea\u200F\u061C', '⟨U+200E⟩a⟨U+200F⟩⟨U+061C⟩'],
  ['zero-width space and byte order mark', 'pass\u200Bword\uFEFF', 'pass⟨U+200B⟩word⟨U+FEFF⟩'],
  ['soft hyphen', 'a\u00ADb', 'a⟨U+00AD⟩b'],
  ['tag characters that spell hidden ASCII', 'a\u{E0041}', 'a⟨U+E0041⟩'],
  ['terminal escapes', '\u001B[31mred', '⟨U+001B⟩[31mred'],
  ['NUL and DEL', '\u0000\u007F', '⟨U+0000⟩⟨U+007F⟩'],
  ['line separators', 'a\u2028b\u2029', 'a⟨U+2028⟩b⟨U+2029⟩'],
  ['a lone carriage return', 'shown\rhidden', 'shown⟨U+000D⟩hidden'],
  ['half a character', 'a\uD83D', 'a\uFFFD'],
])('%s is written out', (_, text, expected) => {
  expect(visibleText(text)).toBe(expected)
})

test.each([
  ['line feeds and tabs', 'a\n\tb'],
  ['emoji with joiners', '👩‍👩‍👧'],
  ['Persian with its joiner', 'می‌خواهم'],
  ['Arabic', 'مرحبا'],
])('%s stay as they are', (_, text) => {
  expect(visibleText(text)).toBe(text)
})

test('line ends of Windows become plain ones', () => {
  expect(visibleText('a\r\nb')).toBe('a\nb')
})

test('nothing that reorders or hides text is left of any text', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 20 }), (text) => {
      expect(visibleText(text)).not.toMatch(/[\u202A-\u202E\u2066-\u2069\u200E\u200F\u0000\u001B]/u)
      expect(visibleText(text).isWellFormed()).toBe(true)
    }),
  )
})

test('a long text is cut, and says how much of it is not shown', () => {
  expect(cutText('x'.repeat(5000), 2000)).toEqual({ shown: 'x'.repeat(2000), hiddenCharacters: 3000 })
  expect(cutText('short', 2000)).toEqual({ shown: 'short', hiddenCharacters: 0 })
  expect(lineText('x'.repeat(300), 10)).toBe(`${'x'.repeat(10)}… (290 more)`)
})

test('a cut through a character leaves no half of it', () => {
  expect(cutText('ab😀', 3)).toEqual({ shown: 'ab\uFFFD', hiddenCharacters: 1 })
})
