import type OpenAI from 'openai'
import type { PromptTemplates, RecordedCall, RecordedRun } from './recordings.ts'

export type ChatRequest = OpenAI.Chat.Completions.ChatCompletionCreateParamsNonStreaming

/**
 * The request that a recorded call answered, worded as its mode words it: functions as tools, or as text in the prompt.
 * `model` is the alias that the agent asks for; which model answers is the provider's affair.
 */
export function requestFor(
  call: RecordedCall,
  run: RecordedRun,
  model: string,
  templates: PromptTemplates | undefined,
): ChatRequest {
  const limit = byMonth(templates?.default_request_settings, run.recorded_on)?.max_tokens
  const common = { model, ...(limit === undefined ? {} : { max_tokens: limit }) }
  if (run.mode === 'prompt') return { ...common, messages: promptMessages(call, run, templates) }
  // servers of local models render the tools into the model's own template; the answer is text all the same
  const withTools = { ...common, messages: messagesOf(call), tools: toolsOf(call) }
  return run.mode === 'text-tools'
    ? withTools
    : { ...withTools, tool_choice: run.mode === 'tools-any' ? 'required' : 'auto' }
}

function promptMessages(
  call: RecordedCall,
  run: RecordedRun,
  templates: PromptTemplates | undefined,
): ChatRequest['messages'] {
  const messages = messagesOf(call)
  if (templates === undefined) return messages
  const question = `${call.input.messages.at(-1)?.content ?? ''}${byMonth(templates.question_suffix, run.recorded_on) ?? ''}`
  const functions = JSON.stringify(call.input.tools.map((tool) => tool.function))
  const values: Readonly<Record<string, string>> = { user_prompt: question, functions }
  const content = templates.prompt_mode.user.replaceAll(
    /\{(user_prompt|functions)\}/gu,
    (_, key: string) => values[key] ?? '',
  )
  return [
    { role: 'system', content: templates.prompt_mode.system },
    ...messages.slice(0, -1),
    { role: 'user', content },
  ]
}

function messagesOf(call: RecordedCall): ChatRequest['messages'] {
  return call.input.messages.map(({ role, content }) =>
    role === 'system' || role === 'assistant' ? { role, content } : { role: 'user', content },
  )
}

function toolsOf(call: RecordedCall): NonNullable<ChatRequest['tools']> {
  return call.input.tools.map(({ function: offer }) => ({
    type: 'function',
    function: {
      name: offer.name,
      ...(offer.description === undefined ? {} : { description: offer.description }),
      parameters: isObject(offer.parameters) ? offer.parameters : {},
    },
  }))
}

/** The entry of the run's month (`2024-07`), else the newest one before it, else the first. */
function byMonth<Value>(entries: Readonly<Record<string, Value>> | undefined, recordedOn: string): Value | undefined {
  if (entries === undefined) return undefined
  const months = Object.keys(entries).sort()
  const month = months.findLast((known) => known <= recordedOn.slice(0, known.length)) ?? months[0]
  return month === undefined ? undefined : entries[month]
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
