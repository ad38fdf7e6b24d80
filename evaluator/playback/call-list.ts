import {
  LiteralSyntaxError,
  readLiteral,
  readName,
  skipSpace,
  take,
  type Cursor,
  type Literal,
} from './python-literal.ts'

/** One call as it was written: `f(1, b="x")` has the positional argument 1 and the named argument b. */
export type WrittenCall = {
  readonly name: string
  readonly positional: readonly Literal[]
  readonly named: Readonly<Record<string, Literal>>
}

export type CallListReading =
  | { readonly ok: true; readonly calls: readonly WrittenCall[] }
  | { readonly ok: false; readonly message: string }

/**
 * Reads `[f(a=1, b="x"), g.h(c=[2])]`: a list of calls whose arguments are Python literals, with nothing before or after
 * it. `[]` is the list without a call. Never throws; the time it takes is linear in the text.
 */
export function readCallList(text: string): CallListReading {
  return reading(text, (cursor) => {
    if (!take(cursor, '[')) throw new LiteralSyntaxError('[', cursor.at)
    return readCalls(cursor, ']')
  })
}

/** Like {@link readCallList} for models that write calls without the brackets: `f(a=1)` or `f(a=1), g(b=2)`. */
export function readBareCalls(text: string): CallListReading {
  return reading(text, (cursor) => readCalls(cursor, undefined))
}

function reading(text: string, read: (cursor: Cursor) => WrittenCall[]): CallListReading {
  const cursor: Cursor = { text, at: 0 }
  try {
    const calls = read(cursor)
    skipSpace(cursor)
    if (cursor.at < text.length) throw new LiteralSyntaxError('the end of the text', cursor.at)
    return { ok: true, calls }
  } catch (error) {
    if (error instanceof LiteralSyntaxError) return { ok: false, message: error.message }
    throw error
  }
}

function readCalls(cursor: Cursor, close: string | undefined): WrittenCall[] {
  const calls: WrittenCall[] = []
  for (;;) {
    if (close !== undefined && take(cursor, close)) return calls
    calls.push(readCall(cursor))
    if (take(cursor, ',')) continue
    if (close === undefined) return calls
    if (!take(cursor, close)) throw new LiteralSyntaxError(`, or ${close}`, cursor.at)
    return calls
  }
}

function readCall(cursor: Cursor): WrittenCall {
  const name = readDottedName(cursor)
  if (!take(cursor, '(')) throw new LiteralSyntaxError('(', cursor.at)
  const positional: Literal[] = []
  const named = new Map<string, Literal>()
  while (!take(cursor, ')')) {
    const argument = readArgumentName(cursor)
    if (argument === undefined) {
      if (named.size > 0) throw new LiteralSyntaxError('a named argument', cursor.at)
      positional.push(readLiteral(cursor))
    } else {
      if (named.has(argument)) throw new LiteralSyntaxError(`the argument ${argument} only once`, cursor.at)
      named.set(argument, readLiteral(cursor))
    }
    if (take(cursor, ',')) continue
    if (!take(cursor, ')')) throw new LiteralSyntaxError(', or )', cursor.at)
    break
  }
  return { name, positional, named: Object.fromEntries(named) }
}

function readDottedName(cursor: Cursor): string {
  const parts: string[] = []
  do {
    const part = readName(cursor)
    if (part === undefined) throw new LiteralSyntaxError('the name of a function', cursor.at)
    parts.push(part)
  } while (take(cursor, '.'))
  return parts.join('.')
}

/** The name before `=`, or undefined with the cursor where it was. */
function readArgumentName(cursor: Cursor): string | undefined {
  skipSpace(cursor)
  const start = cursor.at
  const name = readName(cursor)
  if (name !== undefined && take(cursor, '=')) return name
  cursor.at = start
  return undefined
}
