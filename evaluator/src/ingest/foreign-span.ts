import { ATTRIBUTE } from '@tidemark/instrumentation/semconv'
import { type Attributes, type AttributeValue, firstOf } from './decoded-traces.ts'
import { DIALECT, FOREIGN_CONTENT, FOREIGN_JSON, NUMBERED_MESSAGES, OPERATION_MARKS, STEP_MARKS } from './dialect.ts'
import { isObject, type JsonObject } from './json-object.ts'
import { answerIdOf, type Message, messagesOf, toolCallPart } from './message-list.ts'

/**
 * A span of another dialect in the words of the convention, as far as another name alone does not do it; a span that
 * names its operation the convention's way, or has no mark of a dialect, is returned as it is.
 * Content longer than `contentBytes` is handed on unread: it is refused where every content is measured.
 */
export function inConvention(attributes: Attributes, contentBytes: number): Attributes {
  if (attributes.has(ATTRIBUTE.operationName)) return attributes
  const operation = markedOperation(attributes)
  if (operation === undefined) return attributes
  const result = new Map(attributes).set(ATTRIBUTE.operationName, operation)
  const offer = (name: string, value: AttributeValue | undefined): void => {
    if (value !== undefined && !result.has(name)) result.set(name, value)
  }
  offer(ATTRIBUTE.inputMessages, inputOf(attributes, contentBytes))
  offer(ATTRIBUTE.outputMessages, outputOf(attributes, contentBytes))
  if (firstOf(attributes, DIALECT.responseId) === undefined) {
    const output = attributes.get(FOREIGN_CONTENT.output[0])
    if (isReadable(output, contentBytes)) offer(ATTRIBUTE.responseId, answerIdOf(output))
  }
  const parameters = jsonObject(attributes.get(FOREIGN_JSON.parameters), contentBytes)
  if (typeof parameters?.['model'] === 'string') offer(ATTRIBUTE.requestModel, parameters['model'])
  const usage = jsonObject(attributes.get(FOREIGN_JSON.usage), contentBytes)
  offer(ATTRIBUTE.inputTokens, usage === undefined ? undefined : sumOf(usage, 'input'))
  offer(ATTRIBUTE.outputTokens, usage === undefined ? undefined : sumOf(usage, 'output'))
  if (attributes.get(FOREIGN_JSON.level) === 'ERROR') offer(ATTRIBUTE.errorType, '_OTHER')
  const provider = firstOf(attributes, DIALECT.provider)
  if (typeof provider === 'string') result.set(ATTRIBUTE.providerName, providerName(provider))
  return result
}

/** An agent, a workflow or a tool: calls inside it are not a part of a call outside. */
export function isStep(attributes: Attributes): boolean {
  return Object.entries(STEP_MARKS).some(([name, values]) => {
    const value = attributes.get(name)
    return typeof value === 'string' && values.includes(value)
  })
}

function markedOperation(attributes: Attributes): string | undefined {
  for (const [name, operations] of Object.entries(OPERATION_MARKS)) {
    const mark = attributes.get(name)
    if (typeof mark === 'string' && Object.hasOwn(operations, mark)) return operations[mark]
  }
  return undefined
}

function inputOf(attributes: Attributes, contentBytes: number): string | undefined {
  const content = firstOf(attributes, FOREIGN_CONTENT.input)
  if (content !== undefined) return converted(content, 'user', contentBytes)
  return numberedMessages(attributes, 'gen_ai.prompt', NUMBERED_MESSAGES.prompts)
}

function outputOf(attributes: Attributes, contentBytes: number): string | undefined {
  const calls = firstOf(attributes, FOREIGN_CONTENT.toolCalls)
  const content = firstOf(attributes, FOREIGN_CONTENT.output)
  if (isReadable(calls, contentBytes)) return withToolCalls(content, calls, contentBytes)
  if (content !== undefined) return converted(content, 'assistant', contentBytes)
  return numberedMessages(attributes, 'gen_ai.completion', NUMBERED_MESSAGES.completions)
}

function converted(content: AttributeValue, role: 'user' | 'assistant', contentBytes: number): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return isReadable(text, contentBytes) ? JSON.stringify(messagesOf(text, role)) : text
}

/** The AI SDK writes text and tool calls of one answer into two attributes. */
function withToolCalls(content: AttributeValue | undefined, calls: string, contentBytes: number): string {
  const text = typeof content === 'string' && content !== '' ? messagesOf(content, 'assistant') : []
  const list = parsedJson(calls)
  const parts = Array.isArray(list) ? list.filter(isObject).map(toolCallPart) : []
  const answer = [{ role: 'assistant', parts: [...text.flatMap(({ parts: own }) => own), ...parts] }]
  const json = JSON.stringify(answer)
  return json.length > contentBytes ? calls : json
}

function numberedMessages(attributes: Attributes, prefix: string, count: number): string | undefined {
  const messages: Message[] = []
  for (let index = 0; index < count; index += 1) {
    const role = attributes.get(`${prefix}.${index}.role`)
    const content = attributes.get(`${prefix}.${index}.content`)
    if (typeof role !== 'string') break
    messages.push({ role, parts: typeof content === 'string' ? [{ type: 'text', content }] : [] })
  }
  return messages.length === 0 ? undefined : JSON.stringify(messages)
}

/** Langfuse splits usage into parts that do not overlap: `input` without the cached tokens, `input_cached_tokens` … */
function sumOf(usage: JsonObject, prefix: 'input' | 'output'): number | undefined {
  const parts = Object.entries(usage).filter(([key]) => key === prefix || key.startsWith(`${prefix}_`))
  const counts = parts.map(([, count]) => count).filter((count) => typeof count === 'number')
  return counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0)
}

/** `OpenAI` and the AI SDK's `openai.chat` are the convention's `openai`; `azure.ai.openai` stays. */
function providerName(name: string): string {
  return name.toLowerCase().replace(/\.(?:chat|responses|completions?|embeddings?|messages|generative-ai)$/u, '')
}

function isReadable(value: AttributeValue | undefined, contentBytes: number): value is string {
  return typeof value === 'string' && value.length <= contentBytes
}

function jsonObject(value: AttributeValue | undefined, contentBytes: number): JsonObject | undefined {
  const json = isReadable(value, contentBytes) ? parsedJson(value) : undefined
  return isObject(json) ? json : undefined
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
