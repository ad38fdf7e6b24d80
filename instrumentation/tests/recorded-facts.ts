import type { Exchange } from './recorded-exchanges.ts'

/** What the recorded bytes say of an answer, read without the code that is tested. */
export interface RecordedFacts {
  readonly model: unknown
  readonly inputTokens: unknown
  readonly outputTokens: unknown
  readonly finishReasons: readonly unknown[] | undefined
  /** Of the text of the first answer, UTF-16 units; undefined where there is no answer. */
  readonly characters: number | undefined
  readonly callsTools: boolean
  readonly isGood: boolean
}

type Json = Readonly<Record<string, unknown>>

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null
}

function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((inner, key) => (isJson(inner) ? inner[key] : undefined), value)
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

export function recordedFacts(exchange: Exchange): RecordedFacts {
  if (exchange.status !== 200) return { ...NOTHING, isGood: false }
  return exchange.stream
    ? factsOfEvents(
        exchange.response_body
          .split('\n')
          .filter((line) => line.startsWith('data:') && !line.includes('[DONE]'))
          .map((line): unknown => JSON.parse(line.slice(5))),
      )
    : factsOfBody(JSON.parse(exchange.response_body))
}

const NOTHING = {
  model: undefined,
  inputTokens: undefined,
  outputTokens: undefined,
  finishReasons: undefined,
  characters: undefined,
  callsTools: false,
}

function factsOfBody(body: unknown): RecordedFacts {
  const choices = list(at(body, 'choices'))
  return {
    model: at(body, 'model'),
    inputTokens: at(body, 'usage', 'prompt_tokens') ?? at(body, 'usage', 'input_tokens'),
    outputTokens: at(body, 'usage', 'completion_tokens') ?? at(body, 'usage', 'output_tokens'),
    finishReasons:
      choices.length > 0
        ? orNothing(choices.map((choice) => at(choice, 'finish_reason')).filter((reason) => reason != null))
        : finishOfResponse(body),
    characters: charactersOf(body),
    callsTools: CALLS.some((key) => hasCall(at(choices[0], 'message', key))) || callsOfResponse(body),
    isGood: true,
  }
}

const CALLS = ['tool_calls', 'function_call']

function hasCall(calls: unknown): boolean {
  return Array.isArray(calls) ? calls.length > 0 : calls != null
}

function charactersOf(body: unknown): number | undefined {
  const choices = list(at(body, 'choices'))
  if (choices.length > 0) return textOf(at(choices[0], 'message', 'content')).length
  if (!Array.isArray(at(body, 'output'))) return undefined
  return list(at(body, 'output'))
    .filter((item) => at(item, 'type') === 'message')
    .flatMap((item) => list(at(item, 'content')))
    .map((part) => (at(part, 'type') === 'output_text' ? textOf(at(part, 'text')) : ''))
    .join('').length
}

function textOf(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map((part) => textOf(at(part, 'text')))
    .join('')
}

function orNothing(values: readonly unknown[]): readonly unknown[] | undefined {
  return values.length === 0 ? undefined : values
}

/** The Responses API says how it ended in words of its own; the convention wants those of chat completions. */
function finishOfResponse(response: unknown): readonly unknown[] | undefined {
  if (!Array.isArray(at(response, 'output'))) return undefined
  const reason = at(response, 'incomplete_details', 'reason')
  if (reason === 'max_output_tokens') return ['length']
  if (reason != null) return [reason]
  if (at(response, 'status') !== 'completed') return [at(response, 'status')]
  return [callsOfResponse(response) ? 'tool_calls' : 'stop']
}

/** A function with arguments in JSON, or a custom tool with a text. */
function callsOfResponse(response: unknown): boolean {
  return list(at(response, 'output')).some((item) => /^(?:function|custom_tool)_call$/u.test(String(at(item, 'type'))))
}

function factsOfEvents(events: readonly unknown[]): RecordedFacts {
  const last = events.findLast((event) => isJson(at(event, 'response')))
  if (last !== undefined) return factsOfBody(at(last, 'response'))
  const told = (...path: readonly string[]): unknown =>
    events.map((event) => at(event, ...path)).findLast((value) => value != null)
  const reasons = new Map<unknown, unknown>()
  for (const choice of events.flatMap((event) => list(at(event, 'choices')))) {
    const reason = at(choice, 'finish_reason')
    if (reason != null) reasons.set(at(choice, 'index'), reason)
  }
  const first = events
    .flatMap((event) => list(at(event, 'choices')))
    .filter((choice) => (at(choice, 'index') ?? 0) === 0)
    .map((choice) => at(choice, 'delta'))
  return {
    model: told('model'),
    inputTokens: told('usage', 'prompt_tokens'),
    outputTokens: told('usage', 'completion_tokens'),
    finishReasons: orNothing([...reasons.values()]),
    characters: first.map((delta) => textOf(at(delta, 'content'))).join('').length,
    callsTools: first.some((delta) => CALLS.some((key) => hasCall(at(delta, key)))),
    isGood: !events.some((event) => at(event, 'error') != null),
  }
}
