import { readBareCalls, readCallList } from './call-list.ts'

/** A call found in an answer: arguments by position, by name, or the text of a JSON object. */
export type RequestedCall = {
  readonly name: string
  readonly positional: readonly unknown[]
  readonly named: Readonly<Record<string, unknown>>
}

export type WrittenCallsReading =
  | { readonly ok: true; readonly calls: readonly RequestedCall[] }
  | { readonly ok: false; readonly message: string }

/**
 * Calls that a model wrote with its own template. The whole text has to be calls, in one of four forms:
 * JSON (`[{"name", "arguments"}]`, one such object, or `{"tool_calls": [...]}`), JSON behind tags
 * (`<tool_call>{...}</tool_call>`, also without the closing tag), a name with JSON on the next line, or
 * call syntax with or without brackets. Linear in the text, never throws.
 */
export function readWrittenCalls(text: string): WrittenCallsReading {
  const trimmed = text.trim()
  const json = parseJson(trimmed)
  if (json !== undefined) return callsOf(json)
  if (trimmed.startsWith('<')) return readTagged(trimmed)
  const named = /^([A-Za-z_][\w.]*)[^\S\n]*\n\s*(?=\{)/u.exec(trimmed)
  if (named !== null) {
    const values = parseJson(trimmed.slice(named[0].length))
    if (isObject(values)) return { ok: true, calls: [{ name: named[1] ?? '', positional: [], named: values }] }
  }
  const reading = trimmed.startsWith('[') ? readCallList(trimmed) : readBareCalls(trimmed)
  return reading.ok ? reading : { ok: false, message: `neither JSON nor calls: ${reading.message}` }
}

const TAG = /<\/?[A-Za-z_]+>/gu

/** The text between the tags is JSON; nothing else stands between or around them. */
function readTagged(text: string): WrittenCallsReading {
  const calls: RequestedCall[] = []
  for (const part of text.split(TAG)) {
    if (part.trim() === '') continue
    const json = parseJson(part)
    if (json === undefined) return { ok: false, message: 'no JSON between the tags' }
    const reading = callsOf(json)
    if (!reading.ok) return reading
    calls.push(...reading.calls)
  }
  return { ok: true, calls }
}

function callsOf(json: unknown): WrittenCallsReading {
  const list =
    isObject(json) && Array.isArray(json['tool_calls']) ? json['tool_calls'] : Array.isArray(json) ? json : [json]
  const calls: RequestedCall[] = []
  for (const item of list) {
    const call = isObject(item) && isObject(item['function']) ? item['function'] : item
    if (!isObject(call) || typeof call['name'] !== 'string') return { ok: false, message: 'JSON without a call' }
    const values = argumentsOf(call['arguments'] ?? call['parameters'] ?? {})
    if (values === undefined) return { ok: false, message: `the arguments of ${call['name']} are no JSON object` }
    calls.push({ name: call['name'], positional: [], named: values })
  }
  return { ok: true, calls }
}

function argumentsOf(value: unknown): Record<string, unknown> | undefined {
  const parsed = typeof value === 'string' ? parseJson(value) : value
  return isObject(parsed) ? parsed : undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
