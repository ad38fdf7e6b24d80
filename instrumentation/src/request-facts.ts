import { ATTRIBUTE, type Operation } from './semconv.ts'
import type { AttributeValue } from './telemetry.ts'
import { arrayOf, fieldOf, numberOf, recordOf, textOf } from './untyped.ts'

/** The endpoints that are covered; every other one passes through untouched. */
export type Api = 'chat_completions' | 'responses' | 'embeddings'

/** The body of a request as the caller gave it. */
export type RequestBody = Readonly<Record<string, unknown>>

/** Which covered endpoint a path belongs to, whatever stands before it (versions, Azure deployments, gateways). */
export function apiOfPath(pathname: string): Api | undefined {
  if (pathname.endsWith('/chat/completions')) return 'chat_completions'
  if (pathname.endsWith('/responses')) return 'responses'
  if (pathname.endsWith('/embeddings')) return 'embeddings'
  return undefined
}

export function operationOf(api: Api): Operation {
  return api === 'embeddings' ? 'embeddings' : 'chat'
}

/** Told each fact with its name, `undefined` where there is none: an object of them would be built only to be taken apart. */
export type SetAttribute = (name: string, value: AttributeValue) => void

/** The request's parameters as the convention names them; what the caller did not set is absent. Stop sequences are text. */
export function setRequestAttributes(api: Api, body: RequestBody, set: SetAttribute): void {
  if (api !== 'embeddings') set(ATTRIBUTE.apiType, api)
  if (body['stream'] === true) set(ATTRIBUTE.requestStream, true)
  set(ATTRIBUTE.temperature, numberOf(body['temperature']))
  set(ATTRIBUTE.topP, numberOf(body['top_p']))
  set(ATTRIBUTE.frequencyPenalty, numberOf(body['frequency_penalty']))
  set(ATTRIBUTE.presencePenalty, numberOf(body['presence_penalty']))
  set(
    ATTRIBUTE.maxTokens,
    numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens']) ?? numberOf(body['max_output_tokens']),
  )
  set(ATTRIBUTE.requestSeed, numberOf(body['seed']))
  const choices = numberOf(body['n'])
  if (choices !== 1) set(ATTRIBUTE.choiceCount, choices)
  set(ATTRIBUTE.outputType, outputType(body))
}

export interface PromptTexts {
  /** System and developer messages, or the instructions. */
  readonly system: string
  /** What the user said in this conversation, all turns. */
  readonly user: string
}

/** The texts that are hashed. Images and sounds are no part of them. */
export function promptTexts(api: Api, body: RequestBody): PromptTexts {
  if (api === 'embeddings') return { system: '', user: embeddedText(body['input']) }
  const instructions = textOf(body['instructions'])
  const messages = api === 'responses' ? body['input'] : body['messages']
  if (typeof messages === 'string') return { system: instructions ?? '', user: messages }
  const system: string[] = instructions === undefined ? [] : [instructions]
  const user: string[] = []
  for (const message of arrayOf(messages)) {
    const role = fieldOf(message, 'role')
    if (role === 'system' || role === 'developer') system.push(contentText(fieldOf(message, 'content')))
    else if (role === 'user') user.push(contentText(fieldOf(message, 'content')))
  }
  return { system: joined(system), user: joined(user) }
}

/** One text stays the very string it is, whose flat form and hash the engine may know already. */
function joined(texts: readonly string[]): string {
  const [first] = texts
  return first !== undefined && texts.length === 1 ? first : texts.join('\n')
}

/** The schemas of the tools, old and new form; `undefined` where there are none. */
export function toolDefinitions(body: RequestBody): readonly unknown[] | undefined {
  return [body['tools'], body['functions']].map(arrayOf).find((tools) => tools.length > 0)
}

/** The text of a message's content, given as a string or as parts. */
export function contentText(content: unknown): string {
  if (typeof content === 'string') return content
  return arrayOf(content)
    .map((part) => textOf(fieldOf(part, 'text')) ?? '')
    .filter((text) => text !== '')
    .join('\n')
}

/** Texts at which the model stops, as the caller wrote them. */
export function stopSequences(body: RequestBody): readonly string[] {
  const { stop } = body
  return typeof stop === 'string' ? [stop] : arrayOf(stop).filter((item) => typeof item === 'string')
}

function embeddedText(input: unknown): string {
  if (typeof input === 'string') return input
  return arrayOf(input)
    .map((item) => (typeof item === 'string' ? item : JSON.stringify(item)))
    .join('\n')
}

function outputType(body: RequestBody): 'json' | 'text' | undefined {
  const type = fieldOf(body['response_format'], 'type') ?? fieldOf(recordOf(body['text'])?.['format'], 'type')
  if (type === 'json_object' || type === 'json_schema') return 'json'
  return type === 'text' ? 'text' : undefined
}
