import type { AgentInfo } from './agent-info.ts'
import type { AttemptReport } from './attempts.ts'
import { type AnswerLabels, type CallLabels, createCallLabels } from './call-labels.ts'
import { type ContentPolicy, contentProbability, requestContent, responseContent } from './content.ts'
import { errorTypeOf } from './error-type.ts'
import type { PriceFunction } from './options.ts'
import { answerShape } from './output-shape.ts'
import { rateLimitAttributes } from './rate-limit.ts'
import type { RecentCalls } from './recent-calls.ts'
import {
  type Api,
  operationOf,
  promptTexts,
  requestAttributes,
  type RequestBody,
  toolDefinitions,
} from './request-facts.ts'
import { providerErrorCode, responseFacts, type ResponseFacts } from './response-facts.ts'
import type { RunScope } from './run-scope.ts'
import { ATTRIBUTE, EVENT, SPAN, TIDEMARK } from './semconv.ts'
import { type Attributes, type Context, contextUnder, markFailed, type Span, type Telemetry } from './telemetry.ts'
import { textOf } from './untyped.ts'
import { type HashText, normalisedInput } from './text-hash.ts'

/** What is known when the first attempt of a call is about to be sent. */
export interface CallStart {
  readonly api: Api
  readonly body: RequestBody
  readonly url: URL
  readonly provider: string
  readonly scope: RunScope
  readonly parent: Context
  /** Told once, when the call has ended. */
  readonly ended: () => void
}

/** What is kept of a response: whoever kept the response itself would keep its body alive. */
export interface AnswerHead {
  readonly status: number
  readonly requestId: string | undefined
}

export function headOf({ status, headers }: Response): AnswerHead {
  return { status, requestId: headers.get('x-request-id') ?? undefined }
}

/** One call, from its first attempt to its last byte. Its span is ended once, by whichever end comes first. */
export interface CallRecord {
  /** The context in which attempts run, so that transport spans lie under the call. */
  readonly context: Context
  readonly attempt: (report: AttemptReport) => void
  /** A piece of a streamed answer has arrived. */
  chunk(): void
  /** The answer is complete; `body` is its parsed form. */
  succeed(body: unknown, head: AnswerHead): void
  /** It ended in an error, a provider's or the transport's. */
  fail(ending: { readonly error?: unknown; readonly head?: AnswerHead; readonly body?: unknown }): void
  /** Nobody read the answer to its end: not an error of anyone, and no complete answer either. */
  abandon(body: unknown, head: AnswerHead | undefined): void
  readonly isEnded: boolean
}

export interface CallRecording {
  readonly telemetry: Telemetry
  readonly hash: HashText
  /** The hash of a template or of tool schemas, and that of a system text without what changes by itself; both remember. */
  readonly promptHash: HashText
  readonly systemHash: HashText
  readonly content: ContentPolicy
  readonly price: PriceFunction | undefined
  readonly agentInfo: AgentInfo
  readonly recentCalls: RecentCalls
  /** Epoch milliseconds. */
  readonly now: () => number
}

/** Of each agent's telemetry, which lives as long as its labels are of use. */
const labelsByTelemetry = new WeakMap<Telemetry, ReturnType<typeof createCallLabels>>()

function labelsFor(telemetry: Telemetry): ReturnType<typeof createCallLabels> {
  const known = labelsByTelemetry.get(telemetry)
  if (known !== undefined) return known
  const labels = createCallLabels(telemetry.agentName)
  labelsByTelemetry.set(telemetry, labels)
  return labels
}

export function beginCall(recording: CallRecording, start: CallStart): CallRecord {
  const { telemetry, recentCalls } = recording
  const { api, body, scope, url, provider } = start
  const model = textOf(body['model'])
  const labels = labelsFor(telemetry)({ api, provider, url, model })
  const attributes = Object.assign(requestAttributes(api, body), labels.request)
  addScope(attributes, scope, recording.hash)
  guard(telemetry, () => addHashes(attributes, recording, start))
  const span = telemetry.startSpan(`${operationOf(api)} ${model ?? 'unknown'}`, {
    kind: 'client',
    attributes,
    parent: start.parent,
  })
  const spanContext = span.spanContext()
  recentCalls.began(spanContext)
  const probability =
    recording.content.mode === 'none' ? undefined : guard(telemetry, () => recordContent(span, recording, start))
  const startedAt = performance.now()
  let attempts = 0
  let lastChunkAt: number | undefined
  let isEnded = false

  const end = (ending: {
    body?: unknown
    head?: AnswerHead | undefined
    errorType?: string
    isAbandoned?: boolean
  }): void => {
    if (isEnded) return
    isEnded = true
    guard(telemetry, () => {
      const seconds = (performance.now() - startedAt) / 1000
      const facts = responseFacts(ending.body)
      span.setAttribute(TIDEMARK.attemptCount, attempts)
      recordResponse(span, facts, ending.head)
      if (facts.id !== undefined) recentCalls.answered(facts.id, spanContext)
      if (probability !== undefined && facts.answer !== undefined) {
        emitContent(span, recording.content, responseContent(recording.content, ending.body))
      }
      if (ending.errorType !== undefined) markFailed(span, ending.errorType)
      if (ending.isAbandoned === true) span.setAttribute(ATTRIBUTE.errorType, 'abandoned')
      const errorType = ending.errorType ?? (ending.isAbandoned === true ? 'abandoned' : undefined)
      recordMetrics(recording, { provider, labels: labels.answered(facts.model), facts, seconds, errorType })
      if (facts.model !== undefined) {
        recording.agentInfo.used({ model: facts.model, promptVersion: scope.promptVersion ?? '' })
      }
    })
    guard(telemetry, () => span.end())
    start.ended()
  }

  return {
    context: contextUnder(start.parent, span),
    attempt(report) {
      attempts++
      guard(telemetry, () => recordAttempt(recording, start, labels, span, report))
    },
    chunk() {
      const at = performance.now()
      // a burst that the network has cut into several reads is one chunk
      if (lastChunkAt !== undefined && at - lastChunkAt < BURST_MILLISECONDS) return
      const instruments = telemetry.instruments()
      if (lastChunkAt === undefined) {
        const seconds = (at - startedAt) / 1000
        span.setAttribute(ATTRIBUTE.timeToFirstChunk, seconds)
        instruments.timeToFirstChunk.record(seconds, labels.request)
      } else instruments.timePerOutputChunk.record((at - lastChunkAt) / 1000, labels.request)
      lastChunkAt = at
    },
    succeed: (body, head) => end({ body, head }),
    fail({ error, head, body }) {
      const code = head === undefined ? errorTypeOf(error) : (providerErrorCode(body) ?? String(head.status))
      end({ body, head, errorType: error === undefined ? code : errorTypeOf(error) })
    },
    abandon: (body, head) => end({ body, head, isAbandoned: true }),
    get isEnded() {
      return isEnded
    },
  }
}

/** Reads that follow each other faster show how the transport cuts, not how the provider writes. */
const BURST_MILLISECONDS = 1

/** Telemetry never breaks the call: what goes wrong here is told and counted. */
function guard<Result>(telemetry: Telemetry, fn: () => Result): Result | undefined {
  try {
    return fn()
  } catch (error) {
    telemetry.trouble('traces', 'a call could not be recorded completely', error)
    return undefined
  }
}

function nothing(): void {
  // nobody is told
}

/** Stands in where a record could not be begun: the call goes on, with its attempts, unseen. */
export function unrecorded(context: Context): CallRecord {
  return { context, attempt: nothing, chunk: nothing, succeed: nothing, fail: nothing, abandon: nothing, isEnded: true }
}

/** What the scope says, as attributes of every span of ours. */
export function scopeAttributes(scope: RunScope, hash: HashText): Attributes {
  const attributes: Attributes = {}
  addScope(attributes, scope, hash)
  return attributes
}

function addScope(attributes: Attributes, scope: RunScope, hash: HashText): void {
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) attributes[name] = value
  }
  set(ATTRIBUTE.agentVersion, scope.agentVersion)
  set(ATTRIBUTE.promptName, scope.promptName)
  set(ATTRIBUTE.promptVersion, scope.promptVersion)
  set(ATTRIBUTE.conversationId, scope.conversation)
  set(TIDEMARK.dataVersion, scope.dataVersion)
  set(TIDEMARK.segment, scope.segment)
  set(TIDEMARK.variant, scope.variant ?? 'control')
  set(TIDEMARK.origin, scope.origin ?? 'production')
  if (scope.user !== undefined) attributes[TIDEMARK.userHash] = hash(scope.user)
}

function addHashes(attributes: Attributes, recording: CallRecording, { api, body, scope }: CallStart): void {
  const { hash, promptHash, systemHash } = recording
  const { system, user } = promptTexts(api, body)
  if (user !== '') attributes[TIDEMARK.inputHash] = hash(normalisedInput(user))
  if (scope.promptTemplate !== undefined) attributes[TIDEMARK.promptHash] = promptHash(scope.promptTemplate)
  else if (system !== '') attributes[TIDEMARK.promptHash] = systemHash(system)
  const tools = toolDefinitions(body)
  if (tools !== undefined) attributes[TIDEMARK.toolsHash] = toolsHash(tools, promptHash)
}

/** Agents give the same list with every call: it is written out again only where it has grown or shrunk. */
function toolsHash(tools: readonly unknown[], hash: HashText): string {
  const known = knownTools.get(tools)
  if (known?.hash === hash && known.length === tools.length) return known.digest
  const digest = hash(JSON.stringify(tools))
  knownTools.set(tools, { hash, length: tools.length, digest })
  return digest
}
const knownTools = new WeakMap<object, { readonly hash: HashText; readonly length: number; readonly digest: string }>()

/** Text where this call carries it; returns the probability with which it does. */
function recordContent(span: Span, recording: CallRecording, { api, body, scope }: CallStart): number | undefined {
  const { hash, content, now } = recording
  const { traceId } = span.spanContext()
  // without a tracer every trace has the same id, and no span goes anywhere
  const unit = scope.conversation ?? (/[1-9a-f]/u.test(traceId) ? traceId : crypto.randomUUID())
  const day = new Date(now()).toISOString().slice(0, 10)
  const probability = contentProbability(content, unit, day, hash)
  if (probability === undefined) return undefined
  span.setAttribute(TIDEMARK.samplingProbability, probability)
  emitContent(span, content, requestContent(content, api, body))
  return probability
}

function emitContent(span: Span, { destination }: ContentPolicy, attributes: Attributes): void {
  if (destination.span) span.setAttributes(attributes)
  if (destination.event) span.addEvent(EVENT.operationDetails, attributes)
}

function recordResponse(span: Span, facts: ResponseFacts, head: AnswerHead | undefined): void {
  const { answer, tokens } = facts
  const set = (name: string, value: string | number | undefined): void => {
    if (value !== undefined) span.setAttribute(name, value)
  }
  set(ATTRIBUTE.responseId, facts.id)
  set(ATTRIBUTE.responseModel, facts.model)
  set(ATTRIBUTE.systemFingerprint, facts.systemFingerprint)
  set(ATTRIBUTE.serviceTier, facts.serviceTier)
  set(ATTRIBUTE.inputTokens, tokens.input)
  set(ATTRIBUTE.outputTokens, tokens.output)
  set(ATTRIBUTE.cacheReadInputTokens, tokens.cacheReadInput)
  set(ATTRIBUTE.reasoningOutputTokens, tokens.reasoningOutput)
  set(TIDEMARK.providerRequestId, head?.requestId)
  set(ATTRIBUTE.httpStatusCode, head?.status)
  if (facts.finishReasons.length > 0) span.setAttribute(ATTRIBUTE.finishReasons, [...facts.finishReasons])
  if (answer === undefined) return
  const { text, toolCalls, isRefused } = answer
  span.setAttribute(TIDEMARK.outputShape, answerShape({ text, hasToolCalls: toolCalls.length > 0, isRefused }))
  span.setAttribute(TIDEMARK.outputCharacters, text.length)
}

interface CallPoints {
  readonly provider: string
  readonly labels: AnswerLabels
  readonly facts: ResponseFacts
  readonly seconds: number
  readonly errorType: string | undefined
}

function recordMetrics(
  { telemetry, price }: CallRecording,
  { provider, labels, facts: { tokens, model }, seconds, errorType }: CallPoints,
): void {
  const instruments = telemetry.instruments()
  instruments.duration.record(
    seconds,
    errorType === undefined ? labels.duration : { ...labels.duration, [ATTRIBUTE.errorType]: errorType },
  )
  if (tokens.input !== undefined) instruments.tokenUsage.record(tokens.input, labels.inputTokens)
  if (tokens.output !== undefined) instruments.tokenUsage.record(tokens.output, labels.outputTokens)
  if (price === undefined || model === undefined || tokens.input === undefined) return
  const dollars = price({
    provider,
    model,
    inputTokens: tokens.input,
    outputTokens: tokens.output ?? 0,
    cacheReadInputTokens: tokens.cacheReadInput ?? 0,
    reasoningOutputTokens: tokens.reasoningOutput ?? 0,
  })
  if (dollars === undefined) instruments.costUnknown.add(1, { [ATTRIBUTE.agentName]: telemetry.agentName })
  else {
    instruments.cost.add(dollars, {
      [ATTRIBUTE.agentName]: telemetry.agentName,
      [ATTRIBUTE.providerName]: provider,
      [ATTRIBUTE.responseModel]: model,
    })
  }
}

/** A metric point for every attempt, a span only for one that failed. */
function recordAttempt(
  { telemetry, now }: CallRecording,
  { provider, parent }: CallStart,
  callLabels: CallLabels,
  call: Span,
  report: AttemptReport,
): void {
  const labels = callLabels.attempt(report.outcome)
  telemetry.instruments().attempts.add(1, labels)
  if (report.outcome === 'success') return
  const delaySeconds = report.delayMilliseconds / 1000
  if (report.outcome === 'retried') telemetry.instruments().retryDelay.record(delaySeconds, labels)
  const { failure, response } = report
  const span = telemetry.startSpan(SPAN.attempt, {
    kind: 'client',
    attributes: {
      [ATTRIBUTE.providerName]: provider,
      [TIDEMARK.attemptOutcome]: report.outcome,
      ...(report.resendCount === 0 ? {} : { [ATTRIBUTE.resendCount]: report.resendCount }),
      ...(report.outcome === 'retried' ? { [TIDEMARK.retryDelay]: delaySeconds } : {}),
      ...(response === undefined ? {} : { [ATTRIBUTE.httpStatusCode]: response.status }),
    },
    parent: contextUnder(parent, call),
    startMilliseconds: report.startMilliseconds,
  })
  if (response !== undefined) span.setAttributes(rateLimitAttributes(response.headers))
  const requestId = response?.headers.get('x-request-id')
  if (requestId != null) span.setAttribute(TIDEMARK.providerRequestId, requestId)
  markFailed(span, attemptErrorType(failure, report))
  span.end(now())
}

function attemptErrorType(failure: AttemptReport['failure'], { error, outcome }: AttemptReport): string {
  if (failure?.kind === 'status') return failure.errorCode ?? String(failure.status)
  if (failure?.kind === 'timeout') return 'timeout'
  return outcome === 'aborted' ? 'aborted' : errorTypeOf(error)
}
