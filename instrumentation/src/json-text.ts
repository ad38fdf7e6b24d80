/** Texts beyond it are not parsed: a million UTF-16 units of the slowest kind parse in under 50 ms, and no model answers more. */
export const JSON_MAXIMUM_CHARACTERS = 1_000_000
/** JSON in a longer text is not looked for: it is read more than once, UTF-16 units. */
const EMBEDDED_MAXIMUM_CHARACTERS = 400_000
/** Deeper values are refused: schema libraries recurse and would overflow the stack. */
export const JSON_MAXIMUM_DEPTH = 200
/** How many opening brackets of a prose text are tried before it counts as prose. */
const MAXIMUM_CANDIDATES = 16
/** Nor is another bracket tried where those before have taken so much reading, UTF-16 units: nested ones are read again and again. */
const MAXIMUM_READING = 200_000

export type ParsedJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'refused'; readonly code: 'too_large' | 'too_deep' | 'forbidden_key' }
  | { readonly kind: 'invalid' }

/** Parses what a model wrote: never throws, never slow, never a `__proto__` key. */
export function parseJsonText(text: string): ParsedJson {
  if (text.length > JSON_MAXIMUM_CHARACTERS) return { kind: 'refused', code: 'too_large' }
  if (isDeeperThan(text, JSON_MAXIMUM_DEPTH)) return { kind: 'refused', code: 'too_deep' }
  try {
    const value: unknown = JSON.parse(text)
    // the key can hide behind an escape: only texts that could hold it pay for the walk
    if ((text.includes('__proto__') || text.includes('\\u')) && hasPrototypeKey(value)) {
      return { kind: 'refused', code: 'forbidden_key' }
    }
    return { kind: 'value', value }
  } catch {
    return { kind: 'invalid' }
  }
}

/** `json` parses; `unclosed` ends inside a string or an open bracket; `broken` is everything else. */
export function jsonState(text: string): 'json' | 'unclosed' | 'broken' {
  if (text.length <= JSON_MAXIMUM_CHARACTERS && isJson(text)) return 'json'
  return isUnclosed(text) ? 'unclosed' : 'broken'
}

/** Ends inside a string or an open bracket. */
export function isUnclosed(text: string): boolean {
  return closingBracket(text, 0) === undefined
}

/** The first object, or array of objects, arrays or strings, that parses; citations like `[1]` are no JSON. */
export function findJson(text: string): { readonly start: number; readonly end: number } | undefined {
  if (text.length > EMBEDDED_MAXIMUM_CHARACTERS) return undefined
  const opening = /\{\s*["}]|\[\s*["{[]/gu
  let read = 0
  for (let tried = 0; tried < MAXIMUM_CANDIDATES && read < MAXIMUM_READING; tried++) {
    const match = opening.exec(text)
    if (match === null) return undefined
    const end = closingBracket(text, match.index)
    if (end === undefined) return undefined
    if (isJson(text.slice(match.index, end))) return { start: match.index, end }
    read += end - match.index
    opening.lastIndex = match.index + 1
  }
  return undefined
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

/** Index behind the bracket that closes the one at `from`; `undefined` when the text ends before. */
function closingBracket(text: string, from: number): number | undefined {
  let depth = 0
  let isString = false
  for (let index = from; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) isString = false
    } else if (code === QUOTE) isString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) depth++
    else if ((code === CLOSE_BRACE || code === CLOSE_BRACKET) && --depth === 0) return index + 1
  }
  return undefined
}

function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0
  let isString = false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (isString) {
      if (code === BACKSLASH) index++
      else if (code === QUOTE) isString = false
    } else if (code === QUOTE) isString = true
    else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > limit) return true
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) depth--
  }
  return false
}

function hasPrototypeKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(hasPrototypeKey)
  return Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototypeKey)
}

const QUOTE = 34
const BACKSLASH = 92
const OPEN_BRACE = 123
const CLOSE_BRACE = 125
const OPEN_BRACKET = 91
const CLOSE_BRACKET = 93
