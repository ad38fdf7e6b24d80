import { TidemarkError } from './errors.ts'
import { arrayOf, fieldOf, recordOf, textOf } from './untyped.ts'
import type { ValidationSource } from './validation.ts'

/** A tool call as the model wrote it. */
export interface AnsweredToolCall {
  readonly id: string | undefined
  readonly name: string
  /** Meant to be JSON; nobody has checked. */
  readonly arguments: string
}

/** What a model answered, whichever API it came through. */
export interface Answer {
  readonly text: string
  readonly toolCalls: readonly AnsweredToolCall[]
  readonly isRefused: boolean
  /** Why the model stopped, in the words of chat completions: `stop`, `length`, `content_filter`, `tool_calls`. */
  readonly finishReason: string | undefined
  readonly responseId: string | undefined
}

/** Reads a text, a chat completion, a response of the Responses API or a message; anything else is a mistake of the caller. */
export function answerOf(source: ValidationSource): Answer {
  if (typeof source === 'string') return { ...NOTHING, text: source }
  const answer = answerOfObject(source)
  if (answer !== undefined) return answer
  throw new TidemarkError(
    'validation_source_invalid',
    `validate: expected a text, a chat completion, a response or a message, got ${describe(source)}. Pass what the client returned, or the text itself.`,
  )
}

/** The same for a parsed body; `undefined` where it is none of them. */
export function answerOfObject(source: unknown): Answer | undefined {
  const record = recordOf(source)
  if (record === undefined) return undefined
  if (Array.isArray(record['choices'])) return answerOfCompletion(record)
  if (Array.isArray(record['output'])) return answerOfResponse(record)
  if ('content' in record || 'tool_calls' in record || 'refusal' in record) return answerOfMessage(record)
  return undefined
}

const NOTHING: Answer = { text: '', toolCalls: [], isRefused: false, finishReason: undefined, responseId: undefined }

function answerOfCompletion(completion: Readonly<Record<string, unknown>>): Answer {
  const choice = recordOf(arrayOf(completion['choices'])[0])
  const message = recordOf(choice?.['message'])
  return {
    ...(message === undefined ? NOTHING : answerOfMessage(message)),
    finishReason: textOf(choice?.['finish_reason']),
    responseId: textOf(completion['id']),
  }
}

function answerOfMessage(message: Readonly<Record<string, unknown>>): Answer {
  const parts = arrayOf(message['content'])
  const refusals = parts.filter((part) => fieldOf(part, 'type') === 'refusal')
  return {
    text: textOf(message['content']) ?? parts.map((part) => textOf(fieldOf(part, 'text')) ?? '').join(''),
    toolCalls: [...arrayOf(message['tool_calls']).flatMap(toolCallOf), ...legacyCallOf(message['function_call'])],
    isRefused: (textOf(message['refusal']) ?? '') !== '' || refusals.length > 0,
    finishReason: undefined,
    responseId: undefined,
  }
}

function answerOfResponse(response: Readonly<Record<string, unknown>>): Answer {
  const output = arrayOf(response['output'])
  const parts = output
    .filter((item) => fieldOf(item, 'type') === 'message')
    .flatMap((item) => arrayOf(fieldOf(item, 'content')))
  const toolCalls = output.flatMap((item) => {
    const call = recordOf(item)
    const name = textOf(call?.['name'])
    if (call === undefined || name === undefined || !CALL_ITEMS.has(call['type'])) return []
    return [{ id: textOf(call['call_id']), name, arguments: textOf(call['arguments']) ?? textOf(call['input']) ?? '' }]
  })
  return {
    text: parts
      .map((part) => (fieldOf(part, 'type') === 'output_text' ? (textOf(fieldOf(part, 'text')) ?? '') : ''))
      .join(''),
    toolCalls,
    isRefused: parts.some((part) => fieldOf(part, 'type') === 'refusal'),
    finishReason: finishReasonOfResponse(response, toolCalls.length > 0),
    responseId: textOf(response['id']),
  }
}

const CALL_ITEMS = new Set<unknown>(['function_call', 'custom_tool_call'])

function finishReasonOfResponse(
  response: Readonly<Record<string, unknown>>,
  hasToolCalls: boolean,
): string | undefined {
  const reason = textOf(fieldOf(response['incomplete_details'], 'reason'))
  if (reason === 'max_output_tokens') return 'length'
  if (reason !== undefined) return reason
  if (response['status'] !== 'completed') return textOf(response['status'])
  return hasToolCalls ? 'tool_calls' : 'stop'
}

function toolCallOf(call: unknown): readonly AnsweredToolCall[] {
  const fn = recordOf(fieldOf(call, 'function'))
  const custom = recordOf(fieldOf(call, 'custom'))
  const name = textOf(fn?.['name']) ?? textOf(custom?.['name'])
  if (name === undefined) return []
  return [
    { id: textOf(fieldOf(call, 'id')), name, arguments: textOf(fn?.['arguments']) ?? textOf(custom?.['input']) ?? '' },
  ]
}

function legacyCallOf(call: unknown): readonly AnsweredToolCall[] {
  const name = textOf(fieldOf(call, 'name'))
  return name === undefined ? [] : [{ id: undefined, name, arguments: textOf(fieldOf(call, 'arguments')) ?? '' }]
}

function describe(value: object): string {
  const keys = Object.keys(value).slice(0, 5)
  return keys.length === 0 ? 'an object without keys' : `an object with ${keys.join(', ')}`
}
