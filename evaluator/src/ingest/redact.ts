/**
 * Replaces what identifies people or opens doors in a text: keys, e-mail addresses, cards (with a valid check digit), IBANs
 * (likewise) and phone numbers. JSON inside the text stays JSON: its strings, numbers and keys are looked at one by one.
 */
export function redactText(text: string): string {
  const json = container(text)
  if (json === undefined) return redactPlain(text)
  const redacted = redactValue(json)
  return redacted === json ? text : JSON.stringify(redacted)
}

/** A JSON value with its texts redacted; the value itself where nothing was found. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'number') {
    const text = String(value)
    const redacted = Number.isInteger(value) && text.length >= SHORTEST_NUMBER ? redactPlain(text) : text
    return redacted === text ? value : redacted
  }
  if (Array.isArray(value)) {
    const entries = value.map(redactValue)
    return entries.some((entry, index) => entry !== value[index]) ? entries : value
  }
  if (typeof value !== 'object' || value === null) return value
  const before = Object.entries(value)
  const after = before.map(([key, entry]): [string, unknown] => [redactPlain(key), redactValue(entry)])
  const isSame = after.every(([key, entry], index) => key === before[index]?.[0] && entry === before[index]?.[1])
  return isSame ? value : Object.fromEntries(after)
}

/** No card and no phone number is shorter. */
const SHORTEST_NUMBER = 8

/** In this order: a key may contain what looks like a number. */
const PRESETS: readonly (readonly [label: string, pattern: RegExp, holds?: (match: string) => boolean])[] = [
  ['[key]', /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/gu],
  [
    '[key]',
    /\b(?:sk|pk|rk)[-_][A-Za-z0-9_-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{16,}|\bxox[abeprs]-[\w-]{10,}|\bAIza[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}/gu,
  ],
  ['[key]', /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{8,}/gu],
  ['[key]', /(?<=\bBearer\s+)[\w.~+/-]{16,}=*/giu],
  ['[e-mail]', /[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,63}/gu],
  ['[iban]', /(?<![A-Za-z0-9])[A-Za-z]{2}\d{2}(?:[ -]?[A-Za-z0-9]+){1,40}/gu, isIban],
  ['[card]', /(?<![\d.,])\d(?:[ -]?\d){12,}/gu, isCard],
  ['[phone]', /(?<![\w+]|\d[ -])(?:\+|00)[1-9](?:[ ./()-]{0,2}\d){6,14}(?!\w)/gu],
  ['[phone]', /(?<![\w.,:-]|\d[ -])\(?0\d{1,5}\)?[ /-]{1,3}\d(?:[ -]?\d){4,9}(?![\w])/gu],
  ['[phone]', /(?<![\w.,-])(?:\(\d{3}\) ?|\d{3}[-. ])\d{3}[-. ]\d{4}(?![\w-])/gu],
]

function redactPlain(text: string): string {
  if (text.length < 6) return text
  let result = text
  for (const [label, pattern, holds] of PRESETS)
    result = result.replace(pattern, (match) => (holds === undefined ? label : redactParts(match, label, holds)))
  return result
}

/** Most groups that a card or an IBAN is written in, and how many characters the two have. */
const MOST_GROUPS = 19
const SHORTEST = 13
const LONGEST = 34

/** A number may stand beside others ("4111 … 1111 12/27"): each row of whole groups is tried, the longest first. */
function redactParts(match: string, label: string, holds: (part: string) => boolean): string {
  const groups = [...match.matchAll(/[A-Za-z0-9]+/gu)].map(({ 0: text, index }) => ({
    index,
    end: index + text.length,
  }))
  let result = ''
  let done = 0
  for (let first = 0; first < groups.length; first += 1) {
    const start = groups[first]?.index ?? 0
    for (let last = Math.min(groups.length, first + MOST_GROUPS) - 1; last >= first; last -= 1) {
      const end = groups[last]?.end ?? 0
      // between groups stands one character
      const characters = end - start - (last - first)
      if (characters < SHORTEST || characters > LONGEST || !holds(match.slice(start, end))) continue
      result += match.slice(done, start) + label
      done = end
      first = last
      break
    }
  }
  return result + match.slice(done)
}

/** The Luhn check digit. */
function isCard(match: string): boolean {
  let sum = 0
  let digits = 0
  let isZero = true
  for (let at = match.length - 1; at >= 0; at -= 1) {
    const digit = match.charCodeAt(at) - 48
    if (digit < 0 || digit > 9) continue
    const doubled = digits % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
    digits += 1
    isZero &&= digit === 0
  }
  return digits >= 13 && digits <= 19 && !isZero && sum % 10 === 0
}

/** ISO 13616: moved to the front, letters as numbers, the remainder by 97 is 1. */
function isIban(match: string): boolean {
  const compact = match.replaceAll(/[ -]/gu, '').toUpperCase()
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/u.test(compact)) return false
  const digits = `${compact.slice(4)}${compact.slice(0, 4)}`.replaceAll(/[A-Z]/gu, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  let remainder = 0
  for (const digit of digits) remainder = (remainder * 10 + Number(digit)) % 97
  return remainder === 1
}

function container(text: string): object | undefined {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[') return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}
