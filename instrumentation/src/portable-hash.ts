import { HASH_CHARACTERS, type HashText } from './text-hash.ts'

/**
 * HMAC-SHA-256 of a text, first 16 hex digits, where there is no `node:crypto`: Web Crypto only answers later, and a hash
 * is needed at once. The same hashes as on Node; some twenty times slower.
 */
export function createPortableHash(key: () => string): HashText {
  let padded: { readonly inner: Uint8Array; readonly outer: Uint8Array } | undefined
  return (text) => {
    padded ??= paddedKey(utf8(key()))
    const digest = sha256(joined(padded.outer, sha256(joined(padded.inner, utf8(text)))))
    return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0'))
      .join('')
      .slice(0, HASH_CHARACTERS)
  }
}

/** RFC 2104: the key, hashed where it is longer than a block, combined with 0x36 and 0x5c. */
function paddedKey(key: Uint8Array): { readonly inner: Uint8Array; readonly outer: Uint8Array } {
  const block = new Uint8Array(BLOCK_BYTES)
  block.set(key.length > BLOCK_BYTES ? sha256(key) : key)
  return { inner: block.map((byte) => byte ^ 0x36), outer: block.map((byte) => byte ^ 0x5c) }
}

/** Block of SHA-256, bytes. */
const BLOCK_BYTES = 64

/** FIPS 180-4, section 6.2. */
export function sha256(message: Uint8Array): Uint8Array {
  const [state, constants] = [new Uint32Array(INITIAL_STATE), ROUND_CONSTANTS]
  const blocks = paddedMessage(message)
  const schedule = new Uint32Array(64)
  for (let offset = 0; offset < blocks.byteLength; offset += BLOCK_BYTES) {
    for (let round = 0; round < 16; round++) schedule[round] = blocks.getUint32(offset + 4 * round)
    for (let round = 16; round < 64; round++) {
      const early = at(schedule, round - 15)
      const late = at(schedule, round - 2)
      const small0 = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3)
      const small1 = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10)
      schedule[round] = at(schedule, round - 16) + small0 + at(schedule, round - 7) + small1
    }
    compress(state, schedule, constants)
  }
  const digest = new DataView(new ArrayBuffer(4 * state.length))
  state.forEach((word, index) => digest.setUint32(4 * index, word))
  return new Uint8Array(digest.buffer)
}

function compress(state: Uint32Array, schedule: Uint32Array, constants: Uint32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state
  for (let round = 0; round < 64; round++) {
    const big1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25)
    const choice = (e & f) ^ (~e & g)
    const first = (h + big1 + choice + at(constants, round) + at(schedule, round)) | 0
    const big0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)
    const majority = (a & b) ^ (a & c) ^ (b & c)
    h = g
    g = f
    f = e
    e = (d + first) | 0
    d = c
    c = b
    b = a
    a = (first + big0 + majority) | 0
  }
  for (const [index, word] of [a, b, c, d, e, f, g, h].entries()) state[index] = at(state, index) + word
}

/** A one bit, zeros up to a whole block, and the length in bits at its end. */
function paddedMessage(message: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / BLOCK_BYTES) * BLOCK_BYTES)
  bytes.set(message)
  bytes[message.length] = 0x80
  const view = new DataView(bytes.buffer)
  view.setBigUint64(bytes.length - 8, BigInt(message.length) * 8n)
  return view
}

/** Rotated to the right. */
function turned(word: number, bits: number): number {
  return (word >>> bits) | (word << (32 - bits))
}

function at(words: Uint32Array, index: number): number {
  return words[index] ?? 0
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

function joined(left: Uint8Array, right: Uint8Array): Uint8Array {
  const whole = new Uint8Array(left.length + right.length)
  whole.set(left)
  whole.set(right, left.length)
  return whole
}

const PRIMES = Array.from({ length: 312 }, (_, number) => number).filter(isPrime)
/** First 32 bits of the fractions of the square roots of the first 8 primes. */
const INITIAL_STATE = PRIMES.slice(0, 8).map((prime) => fraction(Math.sqrt(prime)))
/** The same of the cube roots of the first 64. */
const ROUND_CONSTANTS = new Uint32Array(PRIMES.slice(0, 64).map((prime) => fraction(Math.cbrt(prime))))

function isPrime(number: number): boolean {
  if (number < 2) return false
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false
  return true
}

function fraction(root: number): number {
  return Math.floor((root % 1) * 2 ** 32)
}
