import { createHmac } from 'node:crypto'
import { expect, it } from 'vitest'
import { createTextHash } from './keyed-hash.ts'
import { maskedPrompt, normalisedInput } from './text-hash.ts'

it('a hash is 16 hex digits of an HMAC and depends on the key', () => {
  const hash = createTextHash(() => 'key one')
  // printf %s text | openssl dgst -sha256 -hmac 'key one'
  expect(hash('text')).toBe('07b42446a22c0a2a')
  expect(hash('text')).not.toBe(createTextHash(() => 'key two')('text'))
})

it('a text of any length and script has the HMAC that OpenSSL makes of it', () => {
  for (const key of ['short', 'k'.repeat(64), 'longer than a block '.repeat(5)]) {
    const hash = createTextHash(() => key)
    for (const text of ['', 'ü€😀', '\ud800 alone', '€'.repeat(16_384), 'x'.repeat(16_385)]) {
      expect(hash(text)).toBe(createHmac('sha256', key).update(text).digest('hex').slice(0, 16))
    }
  }
})

it('inputs that differ in case, width and white space are one', () => {
  expect(normalisedInput('  Where is\n\tmy ＯＲＤＥＲ? ')).toBe('where is my order?')
})

it.for([
  ['a date', 'Today is Monday, 24 November 2026.', 'Today is Tuesday, 1 December 2026.'],
  ['an ISO date and time', 'Now: 2026-11-24T10:03:00Z', 'Now: 2027-01-02T23:59:59Z'],
  ['a time of day', 'It is 9:05 AM', 'It is 11:45 PM'],
  ['a German date', 'Heute ist Montag, 24. November 2026', 'Heute ist Dienstag, 3. März 2026'],
  ['a Spanish date', 'Hoy es lunes, 24 de noviembre', 'Hoy es martes, 3 de marzo'],
  ['an order number', 'Order AB-1234', 'Order ZX-99'],
  ['a UUID', 'run 123e4567-e89b-12d3-a456-426614174000', 'run 00000000-0000-4000-8000-000000000000'],
  ['a URL', 'See https://a.example/x?token=abc', 'See https://b.example/y'],
  ['white space', 'You are  kind.\n', 'You are kind.'],
] as const)('%s in a system text does not look like a new prompt', ([, one, other]) => {
  expect(maskedPrompt(one)).toBe(maskedPrompt(other))
})

it('another instruction does', () => {
  expect(maskedPrompt('You are kind. Today is 2026-11-24.')).not.toBe(
    maskedPrompt('You are strict. Today is 2026-11-24.'),
  )
})
