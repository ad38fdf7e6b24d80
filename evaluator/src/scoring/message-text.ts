import type { OutputContent, ToolCall } from './scorer.ts'

/** One message of the convention, as far as it is read; what is not there is empty. */
type Message = { readonly role: string; readonly text: string; readonly toolCalls: readonly ToolCall[] }

/**
 * The answer out of `gen_ai.output.messages`: the first message, since further ones are other choices. Text that is no JSON
 * of messages is taken as the answer itself, as imports and harnesses send it.
 */
export function outputContent(messages: string): OutputContent {
  const first = readMessages(messages)?.[0]
  return first === undefined ? { text: messages, toolCalls: [] } : { text: first.text, toolCalls: first.toolCalls }
}

/** The messages of `gen_ai.input.messages` as text; of one message its text alone. */
export function inputText(messages: string): string {
  const read = readMessages(messages)
  if (read === null) return messages
  if (read.length === 1) return read[0]?.text ?? ''
  return read
    .map(({ role, text, toolCalls }) => {
      const calls = toolCalls.map((call) => `${call.name}(${call.arguments})`)
      return `${role}: ${[text, ...calls].filter((part) => part !== '').join('\n')}`
    })
    .join('\n\n')
}

/** Null: not a list of messages. */
function readMessages(json: string): Message[] | null {
  if (!json.trimStart().startsWith('[')) return null
  let list: unknown
  try {
    list = JSON.parse(json)
  } catch {
    return null
  }
  if (!Array.isArray(list) || list.length === 0 || !list.every(isMessage)) return null
  return list.map(readMessage)
}

/** An agent may answer with a JSON list of its own; a message has parts, or a role and content. */
function isMessage(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  return ('parts' in value && Array.isArray(value.parts)) || ('role' in value && 'content' in value)
}

function readMessage(message: Record<string, unknown>): Message {
  const parts: unknown[] = Array.isArray(message['parts']) ? message['parts'] : contentParts(message['content'])
  const texts: string[] = []
  const toolCalls: ToolCall[] = []
  for (const part of parts) {
    const { type, content, text, response, name, arguments: args } = fieldsOf(part)
    if (type === 'tool_call') toolCalls.push({ name: textOf(name), arguments: textOf(args) })
    else if (type === 'tool_call_response') texts.push(textOf(response))
    else texts.push(textOf(content ?? text))
  }
  return {
    role: textOf(message['role']),
    text: texts.filter((text) => text !== '').join('\n'),
    toolCalls,
  }
}

function contentParts(content: unknown): unknown[] {
  if (Array.isArray(content)) return content
  return content === null || content === undefined ? [] : [{ type: 'text', content }]
}

function fieldsOf(part: unknown): Record<string, unknown> {
  return typeof part === 'object' && part !== null ? { ...part } : {}
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}
