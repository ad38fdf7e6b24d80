import { toInputMessages, toOutputMessages, type Message } from './message-parts.ts'
import { type Api, type RequestBody, stopSequences } from './request-facts.ts'
import { ATTRIBUTE } from './semconv.ts'
import type { Attributes } from './telemetry.ts'
import type { HashText } from './text-hash.ts'

export const CONTENT_VARIABLE = 'OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT'

/** Where text goes when a call carries it. */
export interface ContentDestination {
  readonly span: boolean
  readonly event: boolean
}

export interface ContentPolicy {
  readonly mode: 'none' | 'sampled' | 'all'
  readonly destination: ContentDestination
  /** Inclusion probability of a conversation's (else a trace's) text per day. */
  readonly probability: number
  readonly maximumCharacters: number
  readonly redact: (text: string) => string
}

/** The option wins; without it the convention's variable, in its old (true, false) and its new values. */
export function contentMode(
  option: ContentPolicy['mode'] | undefined,
  environment: string | undefined,
  warn: (message: string) => void,
): Pick<ContentPolicy, 'mode' | 'destination'> {
  const onSpan = { span: true, event: false }
  if (option !== undefined) return { mode: option, destination: onSpan }
  switch (environment?.trim().toLowerCase() ?? '') {
    case '':
    case 'no_content':
    case 'none':
    case 'false':
    case '0':
      return { mode: 'none', destination: onSpan }
    case 'span_only':
    case 'true':
    case '1':
      return { mode: 'all', destination: onSpan }
    case 'event_only':
      return { mode: 'all', destination: { span: false, event: true } }
    case 'span_and_event':
      return { mode: 'all', destination: { span: true, event: true } }
    default:
      warn(
        `${CONTENT_VARIABLE}=${environment} is unknown: no content. Use NO_CONTENT, SPAN_ONLY, EVENT_ONLY or SPAN_AND_EVENT.`,
      )
      return { mode: 'none', destination: onSpan }
  }
}

/**
 * The probability with which this call carries text, `undefined` when it does not. Drawn by the keyed hash of conversation
 * or trace and day, never of the input: a frequent input would always be in or always out.
 */
export function contentProbability(
  policy: ContentPolicy,
  conversationOrTrace: string,
  day: string,
  hash: HashText,
): number | undefined {
  if (policy.mode === 'none') return undefined
  if (policy.mode === 'all') return 1
  const drawn = Number.parseInt(hash(`content ${day} ${conversationOrTrace}`).slice(0, 12), 16) / 2 ** 48
  return drawn < policy.probability ? policy.probability : undefined
}

/** The texts of a request as attributes, redacted and cut. */
export function requestContent(policy: ContentPolicy, api: Api, body: RequestBody): Attributes {
  const { system, messages } = toInputMessages(api, body)
  const stops = stopSequences(body)
  return {
    ...(stops.length === 0
      ? {}
      : { [ATTRIBUTE.stopSequences]: stops.map((text) => policy.redact(text).slice(0, policy.maximumCharacters)) }),
    ...(system.length === 0
      ? {}
      : { [ATTRIBUTE.systemInstructions]: encoded(policy, [{ role: 'system', parts: system }], true) }),
    [ATTRIBUTE.inputMessages]: encoded(policy, messages, false),
  }
}

/** The texts of an answer as an attribute, redacted and cut. */
export function responseContent(policy: ContentPolicy, body: unknown): Attributes {
  return { [ATTRIBUTE.outputMessages]: encoded(policy, toOutputMessages(body), false) }
}

/** Cuts text by text, so that what is left is still JSON. */
function encoded(policy: ContentPolicy, messages: readonly Message[], partsOnly: boolean): string {
  let left = policy.maximumCharacters
  const clean = (text: string): string => {
    const redacted = policy.redact(text)
    const kept = redacted.slice(0, left)
    left -= kept.length
    return kept.length === redacted.length ? kept : `${kept}… (${redacted.length - kept.length} more characters)`
  }
  const cut = messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => mapTexts(part, clean)),
  }))
  return JSON.stringify(partsOnly ? cut.flatMap(({ parts }) => parts) : cut)
}

/** The name of a tool is a model's word too: it may have made it up. */
const CLEANED = new Set(['content', 'name', 'arguments', 'response'])

function mapTexts(part: Message['parts'][number], clean: (text: string) => string): Message['parts'][number] {
  return Object.fromEntries(
    Object.entries(part).map(([key, value]) => [key, CLEANED.has(key) && value !== undefined ? clean(value) : value]),
  )
}
