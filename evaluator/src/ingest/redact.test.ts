import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { redactText } from './redact.ts'

const CASES: readonly (readonly [what: string, text: string, redacted: string])[] = [
  ['an e-mail address', 'Write to Ada.Lovelace+x@mail.example.org, please', 'Write to [e-mail], please'],
  ['an address with umlauts', 'an jörg@büro.example', 'an [e-mail]'],
  ['a card in groups', 'card 4111 1111 1111 1111 please', 'card [card] please'],
  ['a card with its date beside it', '4111 1111 1111 1111 12/27', '[card] 12/27'],
  ['a card behind another number', '12 4111-1111-1111-1111', '12 [card]'],
  ['a card without groups', 'x4111111111111111x', 'x[card]x'],
  ['an IBAN in groups, with a word behind it', 'DE89 3704 0044 0532 0130 00 bitte', '[iban] bitte'],
  ['an IBAN in small letters', 'gb82west12345698765432', '[iban]'],
  ['a phone number with its country', 'Call +49 (0) 30 123456-78 now', 'Call [phone] now'],
  ['a phone number with its area', 'Tel. 030 / 1234567', 'Tel. [phone]'],
  ['an American phone number', '(555) 123-4567', '[phone]'],
  ['a key of a provider', 'key sk-proj-Abcdefghijklmnop1234', 'key [key]'],
  ['a key of a cloud', 'AKIAIOSFODNN7EXAMPLE', '[key]'],
  ['a token of a repository', `ghp_${'a1'.repeat(18)}`, '[key]'],
  ['a signed token', 'Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi', 'Bearer [key]'],
  ['a private key', '-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----', '[key]'],
]

const KEPT: readonly (readonly [what: string, text: string])[] = [
  ['a number with a wrong check digit', 'order 4111 1111 1111 1112'],
  ['an IBAN with a wrong checksum', 'DE88 3704 0044 0532 0130 00'],
  ['a time', '2026-11-24T08:00:00.000Z, 08:15'],
  ['a price, a version, an address of a machine', '1299.00 EUR, 10.4.0, 192.168.0.1'],
  ['a trace id', '4bf92f3577b34da6a3ce929d0e0e4736'],
  ['an order number', 'Order 2026-0001234, parcel 00340434'],
  ['JSON with spaces', '{ "amount": 12, "at": "2026-11-24" }'],
]

describe('what is redacted', () => {
  it.for(CASES)('%s', ([, text, redacted]) => expect(redactText(text)).toBe(redacted))
})

describe('what stays as it is', () => {
  it.for(KEPT)('%s', ([, text]) => expect(redactText(text)).toBe(text))
})

describe('JSON', () => {
  it('stays JSON: numbers become texts, keys and JSON inside texts are looked at too', () => {
    const inner = JSON.stringify({ card: 4_111_111_111_111_111, note: 'ok' })
    const text = JSON.stringify([{ parts: [{ type: 'tool_call', arguments: inner }], 'ada@example.org': 1 }])
    expect(JSON.parse(redactText(text))).toEqual([
      { parts: [{ type: 'tool_call', arguments: '{"card":"[card]","note":"ok"}' }], '[e-mail]': 1 },
    ])
  })

  it('of any shape stays JSON, and redacting twice is redacting once', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (value) => {
        const json = JSON.stringify(value)
        const once = redactText(json)
        expect(() => JSON.parse(once)).not.toThrow()
        expect(redactText(once)).toBe(once)
      }),
    )
  })
})

describe('long texts', () => {
  it.for([
    ['digits', '1 '.repeat(32_768)],
    ['ones', '1'.repeat(65_536)],
    ['letters', 'ab12 '.repeat(13_000)],
    ['dots', 'a.'.repeat(32_768)],
    ['at signs', 'a@'.repeat(32_768)],
    ['a beginning of an address', `a@${'b-'.repeat(32_000)}`],
    ['brackets', '('.repeat(65_536)],
    ['zeros and spaces', '0 '.repeat(32_768)],
    ['key beginnings', 'sk-'.repeat(21_000)],
    ['token beginnings', 'eyJaaaaaaaa.'.repeat(5000)],
  ] as const)('of nothing but %s take no second', ([, text]) => {
    const startedAt = performance.now()
    redactText(text)
    expect(performance.now() - startedAt).toBeLessThan(1000)
  })
})
