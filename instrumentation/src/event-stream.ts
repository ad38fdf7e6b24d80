import { createStreamedWords, EVENT_END, type StreamedWords } from './streamed-words.ts'
import { arrayOf, fieldOf, numberOf, parsedJson, recordOf, textOf } from './untyped.ts'

/** What a streamed answer amounts to. */
export interface StreamedAnswer {
  /** The same form as the answer of a call that was not streamed. */
  readonly body: unknown
  /** The provider has said that this was all. */
  readonly isComplete: boolean
  /** An error the provider sent in the middle of the stream. */
  readonly error: unknown
}

/** Puts a server-sent event stream of chat completions or responses back together. Unreadable events are left out. */
export function answerOfEventStream(stream: string): StreamedAnswer {
  const text = stream.includes('\r') ? stream.replaceAll(/\r\n?/gu, '\n') : stream
  try {
    return readEvents(text, createStreamedWords())
  } catch {
    // an event that looked like the others was no JSON
    return readEvents(text, undefined)
  }
}

function readEvents(stream: string, words: StreamedWords | undefined): StreamedAnswer {
  const completion = createCompletion()
  let response: unknown
  let isComplete = false
  let error: unknown
  for (let from = 0; from < stream.length;) {
    const next = words?.take(stream, from) ?? -1
    if (next !== -1) {
      from = next
      continue
    }
    const found = stream.indexOf(EVENT_END, from)
    const to = found === -1 ? stream.length : found
    const text = stream.slice(from, to)
    from = to + EVENT_END.length
    if (PIECE_OF_RESPONSE.test(text)) continue
    const data = dataOf(text)
    if (data === undefined) continue
    if (data === '[DONE]') {
      isComplete = true
      break
    }
    const event = parsedJson(data)
    const type = textOf(fieldOf(event, 'type'))
    if (type === 'error' || fieldOf(event, 'error') != null) error = event
    else if (type?.startsWith('response.') === true) {
      response = fieldOf(event, 'response') ?? response
      if (FINAL_EVENTS.has(type)) isComplete = true
    } else {
      completion.addWords(words?.flush())
      completion.add(event)
      words?.learn(text, event)
    }
  }
  completion.addWords(words?.flush())
  return { body: response ?? completion.body(), isComplete, error }
}

const FINAL_EVENTS = new Set(['response.completed', 'response.incomplete', 'response.failed'])
/** Pieces of what the last event of a response has as a whole. */
const PIECE_OF_RESPONSE = /^(?:event:[^\n]*\n)?data: \{"type":"response\.[a-z_.]+\.(?:delta|done|added)"/u

/** The `data:` lines of an event, joined; comments, names and ids are of no interest. */
function dataOf(event: string): string | undefined {
  if (event.startsWith('data: ') && !event.includes('\n')) return event.slice(6)
  const data = event
    .split('\n')
    .filter((line) => line.startsWith('data:'))
    .map((line) => line.slice(line.startsWith('data: ') ? 6 : 5))
  return data.length === 0 ? undefined : data.join('\n')
}

interface Choice {
  content: string
  refusal: string
  finishReason: string | undefined
  readonly toolCalls: Map<number, { id: string | undefined; name: string; arguments: string }>
}

function createCompletion() {
  const head: Record<string, unknown> = {}
  const choices = new Map<number, Choice>()
  return {
    add(chunk: unknown): void {
      for (const key of ['id', 'model', 'system_fingerprint', 'service_tier', 'usage']) {
        const value = fieldOf(chunk, key)
        if (value != null) head[key] = value
      }
      for (const choice of arrayOf(fieldOf(chunk, 'choices'))) addChoice(choices, choice)
    },
    addWords(words: ReturnType<StreamedWords['flush']>): void {
      if (words === undefined) return
      addChoice(choices, { index: words.choice, delta: { content: words.content } })
    },
    body(): unknown {
      if (choices.size === 0 && Object.keys(head).length === 0) return undefined
      return { ...head, choices: [...choices.values()].map(choiceBody) }
    },
  }
}

function addChoice(choices: Map<number, Choice>, piece: unknown): void {
  const index = numberOf(fieldOf(piece, 'index')) ?? 0
  const choice = choices.get(index) ?? { content: '', refusal: '', finishReason: undefined, toolCalls: new Map() }
  choices.set(index, choice)
  choice.finishReason = textOf(fieldOf(piece, 'finish_reason')) ?? choice.finishReason
  const delta = recordOf(fieldOf(piece, 'delta')) ?? {}
  choice.content += textOf(delta['content']) ?? ''
  choice.refusal += textOf(delta['refusal']) ?? ''
  for (const part of arrayOf(delta['tool_calls'])) {
    const position = numberOf(fieldOf(part, 'index')) ?? 0
    addCall(choice, position, textOf(fieldOf(part, 'id')), fieldOf(part, 'function') ?? fieldOf(part, 'custom'))
  }
  if (delta['function_call'] != null) addCall(choice, OLD_FORM, undefined, delta['function_call'])
}

/** Where the one call of the old form stands: before all positions of the new one. */
const OLD_FORM = -1

function addCall({ toolCalls }: Choice, position: number, id: string | undefined, piece: unknown): void {
  const call = toolCalls.get(position) ?? { id: undefined, name: '', arguments: '' }
  toolCalls.set(position, call)
  call.id = id ?? call.id
  call.name += textOf(fieldOf(piece, 'name')) ?? ''
  call.arguments += textOf(fieldOf(piece, 'arguments')) ?? textOf(fieldOf(piece, 'input')) ?? ''
}

function choiceBody({ content, refusal, finishReason, toolCalls }: Choice): unknown {
  return {
    finish_reason: finishReason,
    message: {
      role: 'assistant',
      content,
      refusal: refusal === '' ? null : refusal,
      tool_calls: [...toolCalls.values()].map(({ id, name, arguments: args }) => ({
        id,
        function: { name, arguments: args },
      })),
    },
  }
}
