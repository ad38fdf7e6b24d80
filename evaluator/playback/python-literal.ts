/** A value that Python's literal syntax can write; tuples and sets become lists, keys of dictionaries become text. */
export type Literal = string | number | boolean | null | readonly Literal[] | { readonly [key: string]: Literal }

/** Where reading stands. Every function below moves `at` forward only, so reading is linear in the text. */
export type Cursor = { readonly text: string; at: number }

/** Thrown by the readers and caught by whoever started reading; never leaves this folder. */
export class LiteralSyntaxError extends Error {
  override readonly name = 'LiteralSyntaxError'
  readonly at: number

  constructor(expected: string, at: number) {
    super(`expected ${expected} at character ${at + 1}`)
    this.at = at
  }
}

/** Deeper nesting is refused: no tool asks for it, and it would exhaust the stack. */
const MAXIMUM_DEPTH = 64

/** Reads one value and the spaces before it. @throws {LiteralSyntaxError} */
export function readLiteral(cursor: Cursor, depth = 0): Literal {
  if (depth > MAXIMUM_DEPTH) throw new LiteralSyntaxError(`at most ${MAXIMUM_DEPTH} levels of nesting`, cursor.at)
  skipSpace(cursor)
  const character = cursor.text[cursor.at]
  if (character === '[') return readItems(cursor, ']', depth)
  if (character === '(') return readParenthesis(cursor, depth)
  if (character === '{') return readBraces(cursor, depth)
  const string = readStrings(cursor)
  if (string !== undefined) return string
  const number = readNumber(cursor)
  if (number !== undefined) return number
  return readKeyword(cursor)
}

/** Spaces, line ends and comments: inside brackets Python gives them no meaning. */
export function skipSpace(cursor: Cursor): void {
  for (;;) {
    const character = cursor.text[cursor.at]
    if (character === ' ' || character === '\n' || character === '\t' || character === '\r' || character === '\f') {
      cursor.at += 1
    } else if (character === '#') {
      const end = cursor.text.indexOf('\n', cursor.at)
      cursor.at = end === -1 ? cursor.text.length : end
    } else return
  }
}

/** Takes `token` if it comes next, after spaces. */
export function take(cursor: Cursor, token: string): boolean {
  skipSpace(cursor)
  if (!cursor.text.startsWith(token, cursor.at)) return false
  cursor.at += token.length
  return true
}

/** A name of letters, digits and underscores (any script), or undefined. */
export function readName(cursor: Cursor): string | undefined {
  skipSpace(cursor)
  const name = matchAt(/[\p{L}_][\p{L}\p{N}_]*/uy, cursor)
  if (name !== undefined) cursor.at += name.length
  return name
}

function readItems(cursor: Cursor, close: string, depth: number): Literal[] {
  cursor.at += 1
  const items: Literal[] = []
  while (!take(cursor, close)) {
    items.push(readLiteral(cursor, depth + 1))
    if (!take(cursor, ',') && !nextIs(cursor, close)) throw new LiteralSyntaxError(`, or ${close}`, cursor.at)
  }
  return items
}

/** `(1)` is a number, `(1,)` and `()` are tuples. */
function readParenthesis(cursor: Cursor, depth: number): Literal {
  const start = cursor.at
  const items = readItems(cursor, ')', depth)
  const only = items[0]
  if (only === undefined || items.length > 1) return items
  const hasComma = /,\s*\)$/u.test(cursor.text.slice(Math.max(start, cursor.at - 64), cursor.at))
  return hasComma ? items : only
}

function readBraces(cursor: Cursor, depth: number): Literal {
  cursor.at += 1
  const entries: [string, Literal][] = []
  const members: Literal[] = []
  while (!take(cursor, '}')) {
    const first = readLiteral(cursor, depth + 1)
    if (members.length === 0 && take(cursor, ':'))
      entries.push([keyText(first, cursor), readLiteral(cursor, depth + 1)])
    else if (entries.length === 0) members.push(first)
    else throw new LiteralSyntaxError(':', cursor.at)
    if (!take(cursor, ',') && !nextIs(cursor, '}')) throw new LiteralSyntaxError(', or }', cursor.at)
  }
  return members.length > 0 ? members : Object.fromEntries(entries)
}

function keyText(key: Literal, cursor: Cursor): string {
  if (key !== null && typeof key === 'object') throw new LiteralSyntaxError('a key that is no list', cursor.at)
  return String(key)
}

/** One string, or several in a row that Python joins. */
function readStrings(cursor: Cursor): string | undefined {
  const parts: string[] = []
  for (;;) {
    const part = readString(cursor)
    if (part === undefined) return parts.length === 0 ? undefined : parts.join('')
    parts.push(part)
    skipSpace(cursor)
  }
}

function readString(cursor: Cursor): string | undefined {
  const prefix = matchAt(/[rRuU]?(?='|")/uy, cursor)
  if (prefix === undefined) return undefined
  const isRaw = prefix.toLowerCase() === 'r'
  const start = cursor.at + prefix.length
  const mark = cursor.text[start] ?? ''
  const quote = cursor.text.startsWith(mark.repeat(3), start) ? mark.repeat(3) : mark
  cursor.at = start + quote.length
  const parts: string[] = []
  let from = cursor.at
  for (;;) {
    const character = cursor.text[cursor.at]
    if (character === undefined || (character === '\n' && quote.length === 1))
      throw new LiteralSyntaxError(`the end of the string, ${quote}`, cursor.at)
    if (character === '\\') {
      if (isRaw) cursor.at += 2
      else {
        parts.push(cursor.text.slice(from, cursor.at), readEscape(cursor))
        from = cursor.at
      }
    } else if (cursor.text.startsWith(quote, cursor.at)) {
      parts.push(cursor.text.slice(from, cursor.at))
      cursor.at += quote.length
      return parts.join('')
    } else cursor.at += 1
  }
}

const SIMPLE_ESCAPES = new Map([
  ['\n', ''],
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\u0007'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])

function readEscape(cursor: Cursor): string {
  const code = matchAt(/\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{1,3})/uy, cursor)
  if (code !== undefined) {
    cursor.at += code.length
    const point = /^\\[xuU]/u.test(code) ? Number.parseInt(code.slice(2), 16) : Number.parseInt(code.slice(1), 8)
    if (point > 0x10ffff) throw new LiteralSyntaxError('a Unicode code point', cursor.at)
    return String.fromCodePoint(point)
  }
  const character = cursor.text[cursor.at + 1] ?? ''
  cursor.at += 2
  // as in Python, an unknown escape stands for itself
  return SIMPLE_ESCAPES.get(character) ?? `\\${character}`
}

const NUMBER =
  /[+-]?(?:0[xX][\da-fA-F]+|0[oO][0-7]+|0[bB][01]+|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:[eE][+-]?\d+)?)/uy

function readNumber(cursor: Cursor): number | undefined {
  const matched = matchAt(NUMBER, cursor)
  if (matched === undefined) return undefined
  const unsigned = matched.replace(/^[+-]/u, '').replaceAll('_', '')
  if (/^0\d*[1-9]\d*$/u.test(unsigned)) throw new LiteralSyntaxError('a number without leading zeros', cursor.at)
  cursor.at += matched.length
  if (matchAt(/[\p{L}\p{N}_.]/uy, cursor) !== undefined)
    throw new LiteralSyntaxError('the end of the number', cursor.at)
  const value = Number(unsigned)
  return matched.startsWith('-') ? -value : value
}

function readKeyword(cursor: Cursor): Literal {
  const start = cursor.at
  const name = readName(cursor)
  if (name === 'True') return true
  if (name === 'False') return false
  if (name === 'None') return null
  throw new LiteralSyntaxError('a literal value', start)
}

function nextIs(cursor: Cursor, token: string): boolean {
  skipSpace(cursor)
  return cursor.text.startsWith(token, cursor.at)
}

function matchAt(pattern: RegExp, cursor: Cursor): string | undefined {
  pattern.lastIndex = cursor.at
  return pattern.exec(cursor.text)?.[0]
}
