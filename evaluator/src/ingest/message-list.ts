import { isObject, type JsonObject } from './json-object.ts'

type Part = Readonly<Record<string, unknown>>
export type Message = { readonly role: string; readonly parts: readonly Part[] }

/**
 * Content of any dialect as the convention's messages: `[{ role, parts: [{ type, content }] }]`. Takes plain text, the
 * requests and answers of the OpenAI API, messages of LangChain and of the AI SDK, alone, in lists or in an envelope;
 * what is none of these stays as one text.
 */
export function messagesOf(text: string, role: 'user' | 'assistant'): readonly Message[] {
  const value = parsed(text)
  const messages = value === undefined ? [] : readAny(value, role, 0)
  return messages.length > 0 ? messages : [message(role, [textPart(text)])]
}

/** The id of the answer inside an answer of the OpenAI API, or of LangChain, which keeps it. */
export function answerIdOf(text: string): string | undefined {
  const value = parsed(text)
  if (!isObject(value)) return undefined
  const id = Array.isArray(value['choices']) || value['object'] === 'response' ? value['id'] : undefined
  if (typeof id === 'string') return id
  const generation = firstOfFirst(value['generations'])
  const kept = isObject(generation) ? kwargsOf(generation['message'])?.['id'] : undefined
  return typeof kept === 'string' && kept !== '' ? kept : undefined
}

/** Envelopes nest at most this deep. */
const MAXIMUM_ENVELOPES = 6
/** Keys of an envelope whose value is the messages. */
const ENVELOPES = ['messages', 'choices', 'generations', 'message', 'input', 'prompt', 'output'] as const

function readAny(value: unknown, role: string, depth: number): readonly Message[] {
  if (depth > MAXIMUM_ENVELOPES) return []
  if (Array.isArray(value)) return value.flatMap((entry: unknown) => readAny(entry, role, depth + 1))
  if (typeof value === 'string') return depth === 0 ? [] : [message(role, [textPart(value)])]
  if (!isObject(value)) return []
  const kwargs = kwargsOf(value)
  if (kwargs !== undefined) return readMessage({ role: langChainRole(value), ...kwargs }, role)
  if (Array.isArray(value['parts']) || value['role'] !== undefined || value['tool_calls'] !== undefined)
    return readMessage(value, role)
  for (const key of ENVELOPES) {
    const inner = value[key]
    if (inner === undefined || inner === null) continue
    const messages = readAny(inner, role, depth + 1)
    if (messages.length === 0) continue
    return typeof value['system'] === 'string'
      ? [message('system', [textPart(value['system'])]), ...messages]
      : messages
  }
  return []
}

function readMessage(value: JsonObject, fallback: string): readonly Message[] {
  const role = typeof value['role'] === 'string' ? value['role'] : fallback
  if (Array.isArray(value['parts'])) return [message(role, value['parts'].filter(isObject))]
  const calls = Array.isArray(value['tool_calls']) ? value['tool_calls'].filter(isObject).map(toolCallPart) : []
  const refusal = typeof value['refusal'] === 'string' ? [{ type: 'refusal', content: value['refusal'] }] : []
  return [message(role, [...contentParts(value['content'] ?? value['text']), ...refusal, ...calls])]
}

function contentParts(content: unknown): readonly Part[] {
  if (typeof content === 'string') return content === '' ? [] : [textPart(content)]
  if (!Array.isArray(content)) return []
  return content.filter(isObject).map((part) => {
    if (typeof part['text'] === 'string') return textPart(part['text'])
    if (part['type'] === 'tool-call') return toolCallPart(part)
    return part
  })
}

/** A tool call of the OpenAI API, of LangChain or of the AI SDK. */
export function toolCallPart(call: JsonObject): Part {
  const inner = isObject(call['function']) ? call['function'] : call
  return {
    type: 'tool_call',
    id: call['id'] ?? call['toolCallId'] ?? null,
    name: inner['name'] ?? call['toolName'] ?? '',
    arguments: inner['arguments'] ?? inner['args'] ?? inner['input'] ?? null,
  }
}

/** LangChain's serialised messages carry their fields in `kwargs`, and their class as the end of `id`. */
function kwargsOf(value: unknown): JsonObject | undefined {
  return isObject(value) && value['lc'] !== undefined && isObject(value['kwargs']) ? value['kwargs'] : undefined
}

const LANGCHAIN_ROLES: Readonly<Record<string, string>> = {
  SystemMessage: 'system',
  HumanMessage: 'user',
  AIMessage: 'assistant',
  AIMessageChunk: 'assistant',
  ToolMessage: 'tool',
}

function langChainRole({ id }: JsonObject): string | undefined {
  const name: unknown = Array.isArray(id) ? id.at(-1) : undefined
  return typeof name === 'string' && Object.hasOwn(LANGCHAIN_ROLES, name) ? LANGCHAIN_ROLES[name] : undefined
}

function firstOfFirst(value: unknown): unknown {
  const inner: unknown = Array.isArray(value) ? value[0] : undefined
  return Array.isArray(inner) ? inner[0] : inner
}

function message(role: string, parts: readonly Part[]): Message {
  return { role, parts }
}

function textPart(content: string): Part {
  return { type: 'text', content }
}

function parsed(text: string): unknown {
  const first = text.trimStart()[0]
  if (first !== '{' && first !== '[') return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
