import { randomUUID } from 'node:crypto'
import type { AgentInfo } from './agent-info.ts'
import type { AttemptReport } from './attempts.ts'
import { type ContentPolicy, contentProbability, requestContent, responseContent } from './content.ts'
import { errorTypeOf } from './error-type.ts'
import type { PriceFunction } from './options.ts'
import { answerShape } from './output-shape.ts'
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

export function beginCall(recording: CallRecording, start: CallStart): CallRecord {
  const { telemetry, recentCalls, now } = recording
  const { api, body, scope, url, provider } = start
  const attributes = requestAttributes(api, body)
  const model = textOf(body['model'])
  const metricAttributes: Attributes = {
    [ATTRIBUTE.agentName]: telemetry.agentName,
    [ATTRIBUTE.operationName]: operationOf(api),
    [ATTRIBUTE.providerName]: provider,
    ...(model === undefined ? {} : { [ATTRIBUTE.requestModel]: model }),
    [ATTRIBUTE.serverAddress]: url.hostname,
    [ATTRIBUTE.serverPort]: portOf(url),
  }
  const span = telemetry.startSpan(`${operationOf(api)} ${model ?? 'unknown'}`, {
    kind: 'client',
    attributes: { ...metricAttributes, ...attributes, ...scopeAttributes(scope, recording.hash) },
    parent: start.parent,
  })
  recentCalls.began(span.spanContext())
  const probability = guard(telemetry, () => recordRequest(span, recording, start))
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
      if (facts.id !== undefined) recentCalls.answered(facts.id, span.spanContext())
      if (probability !== undefined && facts.answer !== undefined) {
        emitContent(span, recording.content, responseContent(recording.content, ending.body))
      }
      if (ending.errorType !== undefined) markFailed(span, ending.errorType)
      if (ending.isAbandoned === true) span.setAttribute(ATTRIBUTE.errorType, 'abandoned')
      const responseModel = facts.model === undefined ? {} : { [ATTRIBUTE.responseModel]: facts.model }
      const errorType = ending.errorType ?? (ending.isAbandoned === true ? 'abandoned' : undefined)
      recordMetrics(recording, { ...metricAttributes, ...responseModel }, facts, seconds, errorType)
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
      guard(telemetry, () => recordAttempt(recording, start, span, report, now))
    },
    chunk() {
      const at = performance.now()
      const instruments = telemetry.instruments()
      if (lastChunkAt === undefined) {
        const seconds = (at - startedAt) / 1000
        span.setAttribute(ATTRIBUTE.timeToFirstChunk, seconds)
        instruments.timeToFirstChunk.record(seconds, metricAttributes)
      } else instruments.timePerOutputChunk.record((at - lastChunkAt) / 1000, metricAttributes)
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

/** Telemetry never breaks the call: what goes wrong here is told and counted. */
function guard<Result>(telemetry: Telemetry, fn: () => Result): Result | undefined {
  try {
    return fn()
  } catch (error) {
    telemetry.trouble('traces', 'a call could not be recorded completely', error)
    return undefined
  }
}

function portOf(url: URL): number {
  if (url.port !== '') return Number(url.port)
  return url.protocol === 'http:' ? 80 : 443
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
  const values: readonly (readonly [string, string | undefined])[] = [
    [ATTRIBUTE.agentVersion, scope.agentVersion],
    [ATTRIBUTE.promptName, scope.promptName],
    [ATTRIBUTE.promptVersion, scope.promptVersion],
    [ATTRIBUTE.conversationId, scope.conversation],
    [TIDEMARK.dataVersion, scope.dataVersion],
    [TIDEMARK.segment, scope.segment],
    [TIDEMARK.variant, scope.variant ?? 'control'],
    [TIDEMARK.origin, scope.origin ?? 'production'],
    [TIDEMARK.userHash, scope.user === undefined ? undefined : hash(scope.user)],
  ]
  return Object.fromEntries(values.filter(([, value]) => value !== undefined))
}

/** Hashes, and text where this call carries it; returns the probability with which it does. */
function recordRequest(span: Span, recording: CallRecording, { api, body, scope }: CallStart): number | undefined {
  const { hash, promptHash, systemHash, content, now } = recording
  const { system, user } = promptTexts(api, body)
  if (user !== '') span.setAttribute(TIDEMARK.inputHash, hash(normalisedInput(user)))
  if (scope.promptTemplate !== undefined) span.setAttribute(TIDEMARK.promptHash, promptHash(scope.promptTemplate))
  else if (system !== '') span.setAttribute(TIDEMARK.promptHash, systemHash(system))
  const tools = toolDefinitions(body)
  if (tools !== undefined) span.setAttribute(TIDEMARK.toolsHash, promptHash(JSON.stringify(tools)))
  const { traceId } = span.spanContext()
  // without a tracer every trace has the same id, and no span goes anywhere
  const unit = scope.conversation ?? (/[1-9a-f]/u.test(traceId) ? traceId : randomUUID())
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
  const values: readonly (readonly [string, string | number | undefined])[] = [
    [ATTRIBUTE.responseId, facts.id],
    [ATTRIBUTE.responseModel, facts.model],
    [ATTRIBUTE.systemFingerprint, facts.systemFingerprint],
    [ATTRIBUTE.serviceTier, facts.serviceTier],
    [ATTRIBUTE.inputTokens, tokens.input],
    [ATTRIBUTE.outputTokens, tokens.output],
    [ATTRIBUTE.cacheReadInputTokens, tokens.cacheReadInput],
    [ATTRIBUTE.reasoningOutputTokens, tokens.reasoningOutput],
    [TIDEMARK.providerRequestId, head?.requestId],
    [ATTRIBUTE.httpStatusCode, head?.status],
  ]
  for (const [name, value] of values) if (value !== undefined) span.setAttribute(name, value)
  if (facts.finishReasons.length > 0) span.setAttribute(ATTRIBUTE.finishReasons, [...facts.finishReasons])
  if (answer === undefined) return
  const { text, toolCalls, isRefused } = answer
  span.setAttribute(TIDEMARK.outputShape, answerShape({ text, hasToolCalls: toolCalls.length > 0, isRefused }))
  span.setAttribute(TIDEMARK.outputCharacters, text.length)
}

function recordMetrics(
  { telemetry, price }: CallRecording,
  attributes: Attributes,
  { tokens, model }: ResponseFacts,
  seconds: number,
  errorType: string | undefined,
): void {
  const instruments = telemetry.instruments()
  instruments.duration.record(seconds, {
    ...attributes,
    ...(errorType === undefined ? {} : { [ATTRIBUTE.errorType]: errorType }),
  })
  if (tokens.input !== undefined)
    instruments.tokenUsage.record(tokens.input, { ...attributes, [ATTRIBUTE.tokenType]: 'input' })
  if (tokens.output !== undefined)
    instruments.tokenUsage.record(tokens.output, { ...attributes, [ATTRIBUTE.tokenType]: 'output' })
  if (price === undefined || model === undefined || tokens.input === undefined) return
  const provider = String(attributes[ATTRIBUTE.providerName])
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
  { telemetry }: CallRecording,
  { provider, parent }: CallStart,
  call: Span,
  report: AttemptReport,
  now: () => number,
): void {
  const labels = {
    [ATTRIBUTE.agentName]: telemetry.agentName,
    [ATTRIBUTE.providerName]: provider,
    [TIDEMARK.attemptOutcome]: report.outcome,
  }
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
