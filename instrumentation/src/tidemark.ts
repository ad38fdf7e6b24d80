import { createAgentInfo } from './agent-info.ts'
import type { AttemptLimits, Fetch } from './attempts.ts'
import { createAttributeShapes } from './attribute-shapes.ts'
import { scopeAttributes } from './call-attributes.ts'
import { createCallLabels } from './call-labels.ts'
import { CONTENT_VARIABLE, contentMode } from './content.ts'
import { decide as decideWith, summaryOf } from './decide.ts'
import type { Decision, DecisionRequest } from './decision.ts'
import { reportDecision, startDecision } from './decision-telemetry.ts'
import { TidemarkError } from './errors.ts'
import { escalationRecord } from './escalation-record.ts'
import type { Escalation, EscalationRequest } from './escalation.ts'
import { createEscalator } from './escalator.ts'
import { createSeam } from './fetch-seam.ts'
import { ORIGINS } from './semconv.ts'
import { createHashKey, HASH_KEY_VARIABLE, randomKey } from './hash-key.ts'
import { instrumentClient, type OpenAIClient } from './openai-client.ts'
import {
  resolveFetchRetry,
  resolveOptions,
  type FetchRetry,
  type ResolvedOptions,
  type TidemarkOptions,
} from './options.ts'
import { createRecentCalls } from './recent-calls.ts'
import { currentScope, runInScope, type RunScope } from './run-scope.ts'
import type { Runtime } from './runtime.ts'
import { schemaIdentity } from './schema-identity.ts'
import { createSilenceWatch } from './silence-watch.ts'
import type { StandardSchema } from './standard-schema.ts'
import { alsoLogged } from './structured-log.ts'
import { realSurroundings } from './surroundings.ts'
import {
  activeContext,
  activeSpanContext,
  baggageScope,
  createTelemetry,
  flushProviders,
  runAsParent,
  runWithBaggage,
  warn,
} from './telemetry.ts'
import { maskedPrompt, remembering } from './text-hash.ts'
import { judge } from './validate.ts'
import { reportValidation } from './validation-telemetry.ts'
import type { ToolSchemas, ValidateOptions, Validation, ValidationSource, ValueOf } from './validation.ts'

/** One agent's instrumentation. */
export interface Tidemark {
  /** A clone of the client whose calls are seen; the client given stays as it was. */
  instrument<Client extends OpenAIClient>(client: Client): Client
  /** A fetch for every other SDK that takes one. It retries only with `retry`, since those SDKs retry themselves. */
  fetch(inner?: Fetch, options?: { readonly retry?: FetchRetry }): Fetch
  /** Checks an answer; the value exists only where the schema accepted it. Never throws for what a model wrote. */
  validate<Schema extends StandardSchema | ToolSchemas>(
    schema: Schema,
    source: ValidationSource,
    options?: ValidateOptions,
  ): Promise<Validation<ValueOf<Schema>>>
  /** Asks the model, validates, applies policy and confidence, and hands to a person what is left. */
  decide<Schema extends StandardSchema | ToolSchemas>(
    request: DecisionRequest<Schema>,
  ): Promise<Decision<ValueOf<Schema>>>
  /** Resolves once the case is in the review queue or on disk; rejects with the code that says why it is neither. */
  escalate(request: EscalationRequest): Promise<Escalation>
  /** Adds what is known of the work in hand to every call inside. */
  run<Result>(scope: RunScope, fn: () => Result): Result
  /** Delivers waiting escalations and exports what the SDK holds, for at most so many milliseconds (default 5,000). Never rejects. */
  flush(milliseconds?: number): Promise<void>
  /** `flush`, then ends open spans and gives the outbox free for other processes. */
  shutdown(milliseconds?: number): Promise<void>
}

/** Environment variable for the folder of the outbox. */
const OUTBOX_VARIABLE = 'TIDEMARK_OUTBOX'
const DEFAULT_OUTBOX = '.tidemark/outbox'
const FLUSH_MILLISECONDS = 5000

/** Wires the parts of one agent's instrumentation. Wrong options throw `options_invalid`; nothing later throws for telemetry's sake. */
export function wireTidemark(given: TidemarkOptions, runtime: Runtime): Tidemark {
  const { variable, disk, later } = runtime
  const options = resolveOptions(given)
  const surroundings = realSurroundings
  const folder =
    disk === undefined ? noOutbox(options.outbox) : (options.outbox ?? variable(OUTBOX_VARIABLE) ?? DEFAULT_OUTBOX)
  const hash = runtime.createTextHash(
    createHashKey({
      option: options.hashKey,
      environment: variable(HASH_KEY_VARIABLE),
      folder: folder === false ? undefined : disk?.besideOutbox(folder),
      sharedKey: (path) => disk?.sharedKey(path) ?? randomKey(),
      warn,
    }),
  )
  const agentInfo = createAgentInfo(surroundings.now)
  const recentCalls = createRecentCalls()
  const exported = createTelemetry({
    agent: options.agent,
    version: options.semconv,
    exportsMetrics: options.metrics === 'otlp',
    extraReasons: options.escalationReasons,
    hasPrice: options.price !== undefined,
    agentInfo,
    tracerProvider: options.tracerProvider,
    meterProvider: options.meterProvider,
  })
  const telemetry =
    options.structuredLog === undefined ? exported : alsoLogged(exported, options.structuredLog, surroundings.now)
  const silence = createSilenceWatch(warn, later)
  const redact = safely(options.redact ?? ((text) => text), (error) =>
    telemetry.trouble('traces', 'redact threw', error),
  )
  // the harness says it to the whole process, whatever the options say
  const told = ORIGINS.find((origin) => origin === variable(ORIGIN_VARIABLE))
  const defaults = { ...defaultScope(options), ...(told === undefined ? {} : { origin: told }) }
  const scope = (): RunScope => {
    const baggage = baggageScope()
    return currentScope(baggage === undefined ? defaults : { ...defaults, ...baggage })
  }
  const seam = createSeam({
    recording: {
      telemetry,
      labels: createCallLabels(options.agent),
      attributeShapes: createAttributeShapes(),
      hash,
      promptHash: remembering(hash),
      systemHash: remembering((text) => hash(maskedPrompt(text))),
      content: {
        ...contentMode(options.content, variable(CONTENT_VARIABLE), warn),
        probability: options.contentProbability,
        maximumCharacters: options.contentMaximumCharacters,
        redact,
      },
      price: options.price,
      agentInfo,
      recentCalls: {
        ...recentCalls,
        began(call) {
          silence.observed()
          recentCalls.began(call)
        },
      },
      now: surroundings.now,
    },
    surroundings,
    scope,
    parent: activeContext,
  })
  const escalator = createEscalator({
    delivery:
      options.endpoint === undefined
        ? undefined
        : { endpoint: options.endpoint, token: options.token, fetch: (...args) => globalThis.fetch(...args) },
    outbox:
      folder === false
        ? undefined
        : disk?.createOutbox({ folder, maximumBytes: options.outboxMaximumBytes, now: surroundings.now }),
    notify: options.notify,
    surroundings,
    trouble: (message, cause) => telemetry.trouble('escalations', message, cause),
  })
  // zeros for an SDK that is registered already; the timer finds one that starts after us
  telemetry.instruments()
  const forgetLateStart = later(() => telemetry.instruments(), LATE_START_MILLISECONDS)

  const validate: Tidemark['validate'] = async (schema, source, validateOptions = {}) => {
    const { validation, responseId } = await judge(schema, source, validateOptions)
    const identity = schemaIdentity(schema, hash)
    reportValidation(telemetry, {
      outcome: validation.outcome,
      issues: validation.issues,
      schema: { ...identity, name: validateOptions.name ?? identity.name },
      responseId,
      call: recentCalls.find(responseId),
      scope: scopeAttributes(scope(), hash),
    })
    return validation
  }
  const store = (request: EscalationRequest): Promise<Escalation> =>
    escalator.store(
      escalationRecord(request, {
        agent: options.agent,
        extraReasons: options.escalationReasons,
        redact,
        id: crypto.randomUUID(),
        nowMilliseconds: surroundings.now(),
        span: recentCalls.find(undefined) ?? activeSpanContext(),
      }),
    )
  const flush = async (milliseconds = FLUSH_MILLISECONDS): Promise<void> => {
    const done = new AbortController()
    const timeout = surroundings.wait(milliseconds, done.signal).catch(() => undefined)
    const left = await Promise.race([escalator.flush(milliseconds), timeout]).catch((error: unknown) =>
      telemetry.trouble('escalations', 'flush failed', error),
    )
    const exporting = flushProviders(options.tracerProvider, options.meterProvider).catch((error: unknown) =>
      telemetry.trouble('traces', 'the SDK could not be flushed', error),
    )
    await Promise.race([exporting, timeout])
    done.abort()
    if (typeof left === 'number' && left > 0) warn(`${left} escalations wait in the outbox ${String(folder)}`)
  }
  return {
    instrument(client) {
      silence.expect()
      return instrumentClient(client, { seam, telemetry, retry: options.retry, scope })
    },
    fetch(inner = globalThis.fetch, { retry } = {}) {
      silence.expect()
      return seam.observe(inner, fetchLimits(retry))
    },
    validate,
    decide: (request) =>
      recentCalls.follow(async () => {
        const span = startDecision(telemetry, scopeAttributes(scope(), hash))
        try {
          const decision = await runAsParent(span.context, () => decideWith(request, { validate, escalate: store }))
          reportDecision(telemetry, span, summaryOf(decision), recentCalls.find(undefined))
          return decision
        } catch (error) {
          span.abandon(error)
          throw error
        }
      }),
    async escalate(request) {
      const span = startDecision(telemetry, scopeAttributes(scope(), hash))
      const { reason } = request
      const report = (route: 'escalated' | 'failed', escalationId: string | undefined): void =>
        reportDecision(telemetry, span, { route, reason, confidence: undefined, escalationId }, undefined)
      try {
        const escalation = await runAsParent(span.context, () => store(request))
        report('escalated', escalation.id)
        return escalation
      } catch (error) {
        if (error instanceof TidemarkError && error.code === 'escalation_invalid') span.abandon(error)
        else report('failed', undefined)
        throw error
      }
    },
    run: (given, fn) => runInScope(given, () => runWithBaggage(given, fn)),
    flush,
    async shutdown(milliseconds) {
      forgetLateStart()
      silence.stop()
      await flush(milliseconds)
      seam.endOpenCalls()
      await escalator
        .close()
        .catch((error: unknown) => telemetry.trouble('escalations', 'the outbox did not close', error))
    },
  }
}

/** How long an SDK may take to start after us until its heartbeat shows, milliseconds. */
const LATE_START_MILLISECONDS = 5000

/** Without a disk nothing can wait on it: what is not in the queue is still the caller's. */
function noOutbox(asked: ResolvedOptions['outbox']): false {
  if (typeof asked === 'string') {
    throw new TidemarkError(
      'runtime_unsupported',
      `outbox: ${JSON.stringify(asked)} needs a disk, and this runtime has none. Leave the option away or set it to false: escalate then resolves only when the review queue has the case.`,
    )
  }
  return false
}

function fetchLimits(retry: FetchRetry | undefined): AttemptLimits | undefined {
  return retry === undefined ? undefined : resolveFetchRetry(retry)
}

/** The scope that options give every call; what is not set stays away. */
function defaultScope(options: ResolvedOptions): RunScope {
  const keys = [
    'agentVersion',
    'promptName',
    'promptVersion',
    'promptTemplate',
    'dataVersion',
    'segment',
    'variant',
    'origin',
  ] as const
  return Object.fromEntries(keys.filter((key) => options[key] !== undefined).map((key) => [key, options[key]]))
}

/** Set by the harness, replays and the gate for the processes that they start. */
const ORIGIN_VARIABLE = 'TIDEMARK_ORIGIN'

/** A redaction that fails must neither stop the work nor let the text through. */
function safely(redact: (text: string) => string, failed: (error: unknown) => void): (text: string) => string {
  return (text) => {
    try {
      const clean: unknown = redact(text)
      if (typeof clean === 'string') return clean
      throw new TidemarkError('options_invalid', `redact returned ${typeof clean} instead of a string`)
    } catch (error) {
      failed(error)
      return '[redaction failed]'
    }
  }
}
