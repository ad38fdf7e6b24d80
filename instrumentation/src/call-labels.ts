import type { Endpoint } from './endpoint.ts'
import { operationOf } from './request-facts.ts'
import { ATTRIBUTE, TIDEMARK } from './semconv.ts'
import type { Attributes } from './telemetry.ts'

/** What tells the metric points of one call from those of another kind of call. */
export interface CallKind {
  readonly endpoint: Endpoint
  readonly provider: string
  readonly model: string | undefined
}

/** Labels of the points of calls that one model answers. */
export interface AnswerLabels {
  readonly duration: Attributes
  readonly inputTokens: Attributes
  readonly outputTokens: Attributes
}

export interface CallLabels {
  /** Known before an answer: also attributes of the span. */
  readonly request: Attributes
  answered(model: string | undefined): AnswerLabels
  /** Of the wait behind an attempt. */
  readonly retried: Attributes
}

/** An agent has few kinds of calls, and a provider few models: more of them are made anew. */
const REMEMBERED = 64

/** Labels are objects made once and never changed: to build them for each point costs more than to record it. */
export function createCallLabels(agentName: string): (kind: CallKind) => CallLabels {
  const labelsOf = remembered((_: string, { endpoint: { api, url }, provider, model }: CallKind) => {
    const request = sorted({
      [ATTRIBUTE.agentName]: agentName,
      [ATTRIBUTE.operationName]: operationOf(api),
      [ATTRIBUTE.providerName]: provider,
      [ATTRIBUTE.requestModel]: model,
      [ATTRIBUTE.serverAddress]: url.hostname,
      [ATTRIBUTE.serverPort]: portOf(url),
    })
    const answered = remembered((responseModel: string): AnswerLabels => answerLabels(request, responseModel))
    const unanswered = answerLabels(request, undefined)
    const retried = sorted({
      [ATTRIBUTE.agentName]: agentName,
      [ATTRIBUTE.providerName]: provider,
      [TIDEMARK.attemptOutcome]: 'retried',
    })
    return {
      request,
      answered: (responseModel: string | undefined) =>
        responseModel === undefined ? unanswered : answered(responseModel, undefined),
      retried,
    }
  })
  let last: (CallKind & { readonly labels: CallLabels }) | undefined
  return (kind) => {
    const { endpoint, provider, model } = kind
    // most calls are of the kind of the call before: no key is built for them
    if (last?.endpoint === endpoint && last.provider === provider && last.model === model) return last.labels
    const labels = labelsOf(`${endpoint.name} ${provider} ${model ?? ''}`, kind)
    last = { ...kind, labels }
    return labels
  }
}

function answerLabels(request: Attributes, model: string | undefined): AnswerLabels {
  const duration = sorted({ ...request, [ATTRIBUTE.responseModel]: model })
  return {
    duration,
    inputTokens: sorted({ ...duration, [ATTRIBUTE.tokenType]: 'input' }),
    outputTokens: sorted({ ...duration, [ATTRIBUTE.tokenType]: 'output' }),
  }
}

function remembered<Key extends string, Input, Value>(make: (key: Key, input: Input) => Value) {
  const known = new Map<Key, Value>()
  return (key: Key, input: Input): Value => {
    const value = known.get(key)
    if (value !== undefined) return value
    if (known.size >= REMEMBERED) known.clear()
    const made = make(key, input)
    known.set(key, made)
    return made
  }
}

/** In the order in which the SDK sorts them for every point. */
function sorted(attributes: Attributes): Attributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'http:' ? 80 : 443
}
