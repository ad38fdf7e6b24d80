/** Lower-case hex digits of a hash: 64 bits, enough to tell inputs apart and too few to be worth reversing. */
export const HASH_CHARACTERS = 16

/** The keyed hash of a text. */
export type HashText = (text: string) => string

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
