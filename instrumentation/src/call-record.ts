import type { AgentInfo } from './agent-info.ts'
import { recordFailedAttempt } from './attempt-span.ts'
import type { AttemptReport } from './attempts.ts'
import type { AttributeShapes } from './attribute-shapes.ts'
import { setHashes, setHead, setResponse, setScope } from './call-attributes.ts'
import type { CallKind, CallLabels } from './call-labels.ts'
import { recordMetrics } from './call-metrics.ts'
import { type ContentPolicy, contentProbability, requestContent, responseContent } from './content.ts'
import type { Endpoint } from './endpoint.ts'
import { errorTypeOf } from './error-type.ts'
import type { PriceFunction } from './options.ts'
import type { RecentCalls } from './recent-calls.ts'
import { operationOf, type RequestBody, setRequestAttributes } from './request-facts.ts'
import { providerErrorCode, responseFacts } from './response-facts.ts'
import type { RunScope } from './run-scope.ts'
import { ATTRIBUTE, EVENT, TIDEMARK } from './semconv.ts'
import {
  type Attributes,
  type AttributeValue,
  type Context,
  contextUnder,
  markFailed,
  type Span,
  type Telemetry,
} from './telemetry.ts'
import type { HashText } from './text-hash.ts'
import { textOf } from './untyped.ts'

/** What is known when the first attempt of a call is about to be sent. */
export interface CallStart {
  readonly endpoint: Endpoint
  readonly body: RequestBody
  readonly provider: string
  readonly scope: RunScope
  readonly parent: Context
  /** Told once, when the call has ended. */
  readonly ended: (call: CallRecord) => void
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
  attempt(report: AttemptReport): void
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
  readonly labels: (kind: CallKind) => CallLabels
  readonly attributeShapes: AttributeShapes
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
  return new RecordedCall(recording, start)
}

interface Ending {
  readonly body: unknown
  readonly head: AnswerHead | undefined
  readonly errorType?: string
  readonly isFailed?: boolean
}

/** A class: its methods as closures of each call were a good part of what a call cost. */
class RecordedCall implements CallRecord {
  readonly context: Context
  isEnded = false
  readonly #recording: CallRecording
  readonly #start: CallStart
  readonly #labels: CallLabels
  readonly #span: Span
  readonly #startedAt: number
  /** With which the call carries text; `undefined` where it carries none. */
  readonly #probability: number | undefined
  #attempts = 0
  #lastChunkAt: number | undefined
  /** Until the first chunk, and from each to the next. */
  readonly #chunkMilliseconds: number[] = []

  constructor(recording: CallRecording, start: CallStart) {
    const { telemetry, content } = recording
    const { endpoint, body, provider } = start
    const model = textOf(body['model'])
    this.#recording = recording
    this.#start = start
    this.#labels = recording.labels({ endpoint, provider, model })
    // only what samplers look at: the SDK checks twice what it gets here
    this.#span = telemetry.startSpan(`${operationOf(endpoint.api)} ${model ?? 'unknown'}`, {
      kind: 'client',
      attributes: this.#labels.request,
      parent: start.parent,
    })
    this.context = contextUnder(start.parent, this.#span)
    recording.recentCalls.began(this.#span.spanContext())
    if (this.#span.isRecording()) guard(telemetry, () => this.#setRequest())
    this.#probability =
      content.mode === 'none' ? undefined : guard(telemetry, () => recordContent(this.#span, recording, start))
    this.#startedAt = performance.now()
  }

  attempt(report: AttemptReport): void {
    const { telemetry, now } = this.#recording
    const { provider } = this.#start
    this.#attempts++
    telemetry.countAttempt(provider, report.outcome)
    if (report.outcome === 'success') return
    guard(telemetry, () => {
      if (report.outcome === 'retried') {
        telemetry.instruments().retryDelay.record(report.delayMilliseconds / 1000, this.#labels.retried)
      }
      recordFailedAttempt(telemetry, report, { provider, parent: this.context, endMilliseconds: now() })
    })
  }

  chunk(): void {
    const at = performance.now()
    const last = this.#lastChunkAt
    // a burst that the network has cut into several reads is one chunk
    if (last !== undefined && at - last < BURST_MILLISECONDS) return
    this.#lastChunkAt = at
    this.#chunkMilliseconds.push(at - (last ?? this.#startedAt))
  }

  succeed(body: unknown, head: AnswerHead): void {
    this.#end({ body, head })
  }

  fail({ error, head, body }: Parameters<CallRecord['fail']>[0]): void {
    const code = head === undefined ? errorTypeOf(error) : (providerErrorCode(body) ?? String(head.status))
    this.#end({ body, head, errorType: error === undefined ? code : errorTypeOf(error), isFailed: true })
  }

  abandon(body: unknown, head: AnswerHead | undefined): void {
    this.#end({ body, head, errorType: 'abandoned' })
  }

  #setRequest(): void {
    const { endpoint, body, scope } = this.#start
    setRequestAttributes(endpoint.api, body, this.#set)
    setScope(scope, this.#recording.hash, this.#set)
    setHashes(this.#start, this.#recording, this.#set)
  }

  #end(ending: Ending): void {
    if (this.isEnded) return
    this.isEnded = true
    const { telemetry } = this.#recording
    guard(telemetry, () => this.#recordEnd(ending))
    guard(telemetry, () => {
      this.#recording.attributeShapes.learn(this.#span)
      this.#span.end()
    })
    this.#start.ended(this)
  }

  #recordEnd({ body, head, errorType, isFailed }: Ending): void {
    const { content, recentCalls, agentInfo } = this.#recording
    const { provider, scope } = this.#start
    const span = this.#span
    const seconds = (performance.now() - this.#startedAt) / 1000
    const facts = responseFacts(body)
    const { model } = facts
    if (span.isRecording()) {
      span.setAttribute(TIDEMARK.attemptCount, this.#attempts)
      setHead(head, this.#set)
      setResponse(facts, this.#set)
    }
    if (facts.id !== undefined) recentCalls.answered(facts.id, span.spanContext())
    if (this.#probability !== undefined && facts.answer !== undefined) {
      emitContent(span, content, responseContent(content, body))
    }
    if (errorType !== undefined) {
      if (isFailed === true) markFailed(span, errorType)
      else span.setAttribute(ATTRIBUTE.errorType, errorType)
    }
    this.#recordChunks()
    recordMetrics(this.#recording, { provider, labels: this.#labels.answered(model), facts, seconds, errorType })
    if (model !== undefined) agentInfo.used({ model, promptVersion: scope.promptVersion ?? '' })
  }

  /** One after the other at the end: a point between the reads of a stream takes twice as long to record. */
  #recordChunks(): void {
    const [first, ...others] = this.#chunkMilliseconds
    if (first === undefined) return
    const { timeToFirstChunk, timePerOutputChunk } = this.#recording.telemetry.instruments()
    const { request } = this.#labels
    this.#span.setAttribute(ATTRIBUTE.timeToFirstChunk, first / 1000)
    timeToFirstChunk.record(first / 1000, request)
    for (const milliseconds of others) timePerOutputChunk.record(milliseconds / 1000, request)
  }

  readonly #set = (name: string, value: AttributeValue): void => {
    if (value !== undefined) this.#span.setAttribute(name, value)
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

/** Text where this call carries it; returns the probability with which it does. */
function recordContent(span: Span, recording: CallRecording, { endpoint, body, scope }: CallStart): number | undefined {
  const { hash, content, now } = recording
  const { traceId } = span.spanContext()
  // without a tracer every trace has the same id, and no span goes anywhere
  const unit = scope.conversation ?? (/[1-9a-f]/u.test(traceId) ? traceId : crypto.randomUUID())
  const day = new Date(now()).toISOString().slice(0, 10)
  const probability = contentProbability(content, unit, day, hash)
  if (probability === undefined) return undefined
  span.setAttribute(TIDEMARK.samplingProbability, probability)
  emitContent(span, content, requestContent(content, endpoint.api, body))
  return probability
}

function emitContent(span: Span, { destination }: ContentPolicy, attributes: Attributes): void {
  if (destination.span) span.setAttributes(attributes)
  if (destination.event) span.addEvent(EVENT.operationDetails, attributes)
}
