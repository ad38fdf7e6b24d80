import { createHash } from 'node:crypto'
import { assert, property, string, uint8Array } from 'fast-check'
import { expect, it } from 'vitest'
import { createTextHash } from './keyed-hash.ts'
import { createPortableHash, sha256 } from './portable-hash.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

it('SHA-256 of the examples of FIPS 180-4', () => {
  const of = (text: string): string => hex(sha256(new TextEncoder().encode(text)))
  expect(of('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(of('abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq')).toBe(
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  )
})

it('any bytes have the digest that Node gives them', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), (bytes) => {
      expect(hex(sha256(bytes))).toBe(createHash('sha256').update(bytes).digest('hex'))
    }),
  )
})

it('an edge runtime and Node have the same hash of a text', () => {
  assert(
    property(string({ unit: 'binary', maxLength: 200 }), string({ maxLength: 100 }), (text, key) => {
      expect(createPortableHash(() => key)(text)).toBe(createTextHash(() => key)(text))
    }),
  )
})
