import { createHmac, hash as digestOf } from 'node:crypto'

/** Lower-case hex digits of a hash: 64 bits, enough to tell inputs apart and too few to be worth reversing. */
const HASH_CHARACTERS = 16

export type HashText = (text: string) => string

/** HMAC-SHA-256 of a text with the installation's key, first 16 hex digits. */
export function createTextHash(key: () => string): HashText {
  let short: HashText | undefined
  return (text) => {
    const digest =
      text.length > SHORT_CHARACTERS
        ? createHmac('sha256', key()).update(text).digest('hex')
        : (short ??= createShortHash(key()))(text)
    return digest.slice(0, HASH_CHARACTERS)
  }
}

/** Block and digest of SHA-256, bytes. */
const BLOCK_BYTES = 64
const DIGEST_BYTES = 32
/** Texts up to here are hashed without an object of OpenSSL's for each, UTF-16 units of at most three bytes in UTF-8. */
const SHORT_CHARACTERS = 16_384

/** HMAC as RFC 2104 writes it, H(key ⊕ opad, H(key ⊕ ipad, text)): two one-shot digests over buffers that are kept. */
function createShortHash(key: string): HashText {
  const bytes = Buffer.from(key, 'utf8')
  const padded = Buffer.alloc(BLOCK_BYTES)
  padded.set(bytes.length > BLOCK_BYTES ? digestOf('sha256', bytes, 'buffer') : bytes)
  const inner = Buffer.alloc(BLOCK_BYTES + 3 * SHORT_CHARACTERS)
  inner.set(padded.map((byte) => byte ^ 0x36))
  const outer = Buffer.alloc(BLOCK_BYTES + DIGEST_BYTES)
  outer.set(padded.map((byte) => byte ^ 0x5c))
  return (text) => {
    const end = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, 'utf8')
    outer.write(digestOf('sha256', inner.subarray(0, end), 'binary'), BLOCK_BYTES, 'latin1')
    return digestOf('sha256', outer, 'hex')
  }
}

/** Longer inputs are hashed as they are: normalising them costs more than a call may. UTF-16 units. */
const NORMALISED_CHARACTERS = 16_384
const ASCII = /^\p{ASCII}*$/u
/** Printable ASCII with single spaces: nothing to normalise but its case. */
const PLAIN = /^[!-~]+(?: [!-~]+)*$/u

/** Inputs that differ only in case, width or white space are one input. */
export function normalisedInput(text: string): string {
  if (text.length > NORMALISED_CHARACTERS) return text
  if (PLAIN.test(text)) return text.toLowerCase()
  const wide = ASCII.test(text) ? text : text.normalize('NFKC')
  return wide
    .replaceAll(/\s{2,}|[^\S ]/gu, ' ')
    .trim()
    .toLowerCase()
}

/** A system text without what changes by itself: a rendered date or id must not look like a new prompt every day. */
export function maskedPrompt(text: string): string {
  return text
    .replaceAll(/\b[a-z][a-z0-9+.-]*:\/\/[^\s<>"')\]]+/giu, '<url>')
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/giu, '<id>')
    .replaceAll(calendarWords(), '<calendar>')
    .replaceAll(/[\p{L}\p{N}_-]*\p{N}[\p{L}\p{N}_-]*/gu, '<id>')
    .replaceAll(/<id>(?:[\s.,:/+-]*<id>)+/gu, '<id>')
    .replaceAll(/<id>\s*[ap]\.?m\b\.?/giu, '<id>')
    .replaceAll(/\s+/gu, ' ')
    .trim()
}

const CALENDAR_LOCALES = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl']
let calendarPattern: RegExp | undefined

/** Names of months and weekdays, long and short, as the runtime's own calendar writes them. Built once, when first needed. */
function calendarWords(): RegExp {
  if (calendarPattern !== undefined) return calendarPattern
  const words = new Set<string>()
  for (const locale of CALENDAR_LOCALES) {
    for (const style of ['long', 'short'] as const) {
      const month = new Intl.DateTimeFormat(locale, { month: style, timeZone: 'UTC' })
      const weekday = new Intl.DateTimeFormat(locale, { weekday: style, timeZone: 'UTC' })
      for (let index = 0; index < 12; index++) words.add(month.format(Date.UTC(2024, index, 1)))
      for (let index = 0; index < 7; index++) words.add(weekday.format(Date.UTC(2024, 0, 1 + index)))
    }
  }
  const names = [...words].map((word) => word.replaceAll('.', '')).toSorted((a, b) => b.length - a.length)
  calendarPattern = new RegExp(`(?<![\\p{L}\\p{N}])(?:${names.join('|')})(?![\\p{L}])\\.?`, 'giu')
  return calendarPattern
}

/** Results that are kept; an agent has few prompts, and each comes with every call. */
const REMEMBERED = 32

/** The same function, remembering its last results. */
export function remembering(fn: (text: string) => string): (text: string) => string {
  const results = new Map<string, string>()
  return (text) => {
    const known = results.get(text)
    if (known !== undefined) return known
    const result = fn(text)
    const oldest = results.keys().next().value
    if (results.size >= REMEMBERED && oldest !== undefined) results.delete(oldest)
    results.set(text, result)
    return result
  }
}
