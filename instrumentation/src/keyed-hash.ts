import { createHmac, hash as digestOf } from 'node:crypto'
import { HASH_CHARACTERS, type HashText } from './text-hash.ts'

/** HMAC-SHA-256 of a text with the installation's key, first 16 hex digits. */
export function createTextHash(key: () => string): HashText {
  let short: HashText | undefined
  return (text) => {
    if (text.length <= SHORT_CHARACTERS) return (short ??= createShortHash(key()))(text)
    return createHmac('sha256', key())
      .update(text)
      .digest()
      .toString('hex', 0, HASH_CHARACTERS / 2)
  }
}

/** Block and digest of SHA-256, bytes. */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Texts up to here are hashed without an object of OpenSSL's for each, UTF-16 units of at most three bytes in UTF-8. */
const SHORT_CHARACTERS = 131_072
/** What the kept buffer takes before a longer text has come, UTF-16 units. */
const USUAL_CHARACTERS = 8192

/** HMAC as RFC 2104 writes it, H(key ⊕ opad, H(key ⊕ ipad, text)): two one-shot digests over buffers that are kept. */
function createShortHash(key: string): HashText {
  const bytes = Buffer.from(key, 'utf8')
  const padded = Buffer.alloc(BLOCK_BYTES)
  padded.set(bytes.length > BLOCK_BYTES ? digestOf('sha256', bytes, 'buffer') : bytes)
  const innerKey = padded.map((byte) => byte ^ 0x36)
  const bufferFor = (characters: number): Buffer => Buffer.concat([innerKey, Buffer.alloc(3 * characters)])
  let inner = bufferFor(USUAL_CHARACTERS)
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  outer.set(padded.map((byte) => byte ^ 0x5c))
  const result = Buffer.alloc(DIGEST_BYTES)
  return (text) => {
    if (BLOCK_BYTES + 3 * text.length > inner.length) inner = bufferFor(SHORT_CHARACTERS)
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8')
    outer.write(digestOf('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1')
    result.write(digestOf('sha256', outer, 'binary'), 'latin1')
    // a slice of a longer string would keep that in memory as long as its span
    return result.toString('hex', 0, HASH_CHARACTERS / 2)
  }
}
