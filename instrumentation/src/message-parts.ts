import { answerOfObject } from './answer.ts'
import type { Api, RequestBody } from './request-facts.ts'
import { arrayOf, fieldOf, recordOf, textOf } from './untyped.ts'

/** A part of a message in the convention's schema: text, tool call, tool result, refusal, or what was left out. */
export type MessagePart = Readonly<Record<string, string | undefined>>

export interface Message {
  readonly role: string
  readonly parts: readonly MessagePart[]
  readonly finish_reason?: string
}

export function toInputMessages(
  api: Api,
  body: RequestBody,
): { readonly system: readonly MessagePart[]; readonly messages: readonly Message[] } {
  const instructions = textOf(body['instructions'])
  const system = instructions === undefined ? [] : [{ type: 'text', content: instructions }]
  const input = api === 'chat_completions' ? body['messages'] : body['input']
  if (typeof input === 'string')
    return { system, messages: [{ role: 'user', parts: [{ type: 'text', content: input }] }] }
  const messages = arrayOf(input).map((message) =>
    typeof message === 'string' ? { role: 'user', parts: [{ type: 'text', content: message }] } : toMessage(message),
  )
  return { system, messages }
}

/** One message per choice, as the convention asks. */
export function toOutputMessages(body: unknown): readonly Message[] {
  const choices = arrayOf(fieldOf(body, 'choices'))
  if (choices.length > 0) {
    return choices.map((choice) => {
      const { role, parts } = toMessage(fieldOf(choice, 'message'))
      const reason = textOf(fieldOf(choice, 'finish_reason'))
      return reason === undefined ? { role, parts } : { role, parts, finish_reason: reason }
    })
  }
  const answer = answerOfObject(body)
  if (answer === undefined) return []
  const parts: MessagePart[] = answer.text === '' ? [] : [{ type: 'text', content: answer.text }]
  for (const call of answer.toolCalls)
    parts.push({ type: 'tool_call', id: call.id, name: call.name, arguments: call.arguments })
  return [
    { role: 'assistant', parts, ...(answer.finishReason === undefined ? {} : { finish_reason: answer.finishReason }) },
  ]
}

function toMessage(message: unknown): Message {
  const record = recordOf(message) ?? {}
  const type = textOf(record['type'])
  if (type === 'function_call' || type === 'custom_tool_call')
    return { role: 'assistant', parts: [callPart(record['call_id'], record)] }
  if (type === 'function_call_output' || type === 'custom_tool_call_output') {
    return {
      role: 'tool',
      parts: [{ type: 'tool_call_response', id: textOf(record['call_id']), response: textOf(record['output']) ?? '' }],
    }
  }
  const role = textOf(record['role']) ?? 'assistant'
  const { content } = record
  if (role === 'tool') {
    const response =
      textOf(content) ??
      arrayOf(content)
        .map((part) => textOf(fieldOf(part, 'text')) ?? '')
        .join('\n')
    return { role, parts: [{ type: 'tool_call_response', id: textOf(record['tool_call_id']), response }] }
  }
  const parts: MessagePart[] = typeof content === 'string' ? [{ type: 'text', content }] : arrayOf(content).map(toPart)
  const refusal = textOf(record['refusal'])
  if (refusal !== undefined && refusal !== '') parts.push({ type: 'refusal', content: refusal })
  for (const call of arrayOf(record['tool_calls'])) {
    parts.push(callPart(fieldOf(call, 'id'), fieldOf(call, 'function') ?? fieldOf(call, 'custom')))
  }
  return { role, parts }
}

/** Images, sounds and files are named, never carried. */
function toPart(part: unknown): MessagePart {
  const type = textOf(fieldOf(part, 'type')) ?? 'text'
  const text = textOf(fieldOf(part, 'text')) ?? textOf(fieldOf(part, 'refusal'))
  if (text === undefined) return { type, omitted: 'not recorded' }
  return { type: type === 'refusal' ? 'refusal' : 'text', content: text }
}

function callPart(id: unknown, call: unknown): MessagePart {
  return {
    type: 'tool_call',
    id: textOf(id),
    name: textOf(fieldOf(call, 'name')),
    arguments: textOf(fieldOf(call, 'arguments')) ?? textOf(fieldOf(call, 'input')) ?? '',
  }
}
