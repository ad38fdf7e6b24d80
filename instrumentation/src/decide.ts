import type { Decision, DecisionRequest, DecisionTurn, PolicyVerdict } from './decision.ts'
import { TidemarkError } from './errors.ts'
import type { Escalation, EscalationRequest } from './escalation.ts'
import type { Route } from './semconv.ts'
import type { StandardSchema } from './standard-schema.ts'
import type {
  FailedOutcome,
  ToolSchemas,
  ValidateOptions,
  Validation,
  ValidationSource,
  ValueOf,
} from './validation.ts'

/** What a decision needs from around it. */
export interface DecisionTools {
  readonly validate: <Schema extends StandardSchema | ToolSchemas>(
    schema: Schema,
    source: ValidationSource,
    options: ValidateOptions,
  ) => Promise<Validation<ValueOf<Schema>>>
  readonly escalate: (request: EscalationRequest) => Promise<Escalation>
}

/** What telemetry is told of a decision. */
export interface DecisionSummary {
  readonly route: Route
  readonly reason: string | undefined
  readonly confidence: number | undefined
  readonly escalationId: string | undefined
}

const MAXIMUM_REASKS = 3
/** For the reviewer, in place of what the model did not say. */
const DEADLINE = 'the deadline of the decision'

/**
 * Question, validation, policy, confidence; what does not pass goes to a person. A value comes out on the route `auto`
 * only. An abort by the caller and a programming error in his functions reach him as they are.
 */
export async function decide<Schema extends StandardSchema | ToolSchemas>(
  request: DecisionRequest<Schema>,
  tools: DecisionTools,
): Promise<Decision<ValueOf<Schema>>> {
  check(request)
  const signal =
    request.deadlineMilliseconds === undefined
      ? new AbortController().signal
      : AbortSignal.timeout(request.deadlineMilliseconds)
  const answer = await validAnswer(request, tools, signal)
  if (answer.kind === 'unanswered') return toPerson(request, tools, 'retries_exhausted', null, { error: answer.why })
  const { validation } = answer
  if (!('value' in validation)) {
    const reason = validation.outcome === 'refused' ? 'refused' : 'validation_failed'
    const issues = validation.issues.slice(0, 5)
    return toPerson(request, tools, reason, validation.text, { outcome: validation.outcome, issues })
  }
  const { value, outcome } = validation
  const verdict: PolicyVerdict = request.policy?.(value)
  if (verdict?.route === 'rejected') return verdict
  if (verdict?.route === 'escalated') return toPerson(request, tools, verdict.reason, value, {})
  const confidence = request.confidence?.(value)
  // a confidence that is no number is none
  if (request.minimumConfidence !== undefined && !((confidence ?? Number.NaN) >= request.minimumConfidence)) {
    return toPerson(request, tools, 'low_confidence', value, {
      confidence,
      minimumConfidence: request.minimumConfidence,
    })
  }
  return { route: 'auto', value, outcome, confidence }
}

export function summaryOf(decision: Decision<unknown>): DecisionSummary {
  return {
    route: decision.route,
    reason: decision.route === 'auto' ? undefined : decision.reason,
    confidence: decision.route === 'auto' ? decision.confidence : undefined,
    escalationId: decision.route === 'escalated' ? decision.escalation.id : undefined,
  }
}

type AnsweredOrNot<Value> =
  | { readonly kind: 'answered'; readonly validation: Validation<Value> }
  | { readonly kind: 'unanswered'; readonly why: string }

/** The first answer that passes: the model's, the model's after re-asks, the fallback's; else the last that did not. */
async function validAnswer<Schema extends StandardSchema | ToolSchemas>(
  request: DecisionRequest<Schema>,
  { validate }: DecisionTools,
  signal: AbortSignal,
): Promise<AnsweredOrNot<ValueOf<Schema>>> {
  const { schema, call, fallback, reask = 0 } = request
  const asks = [...Array<typeof call>(reask + 1).fill(call), ...(fallback === undefined ? [] : [fallback])]
  let last: AnsweredOrNot<ValueOf<Schema>> | undefined
  let previous: DecisionTurn['previous']
  let isUnanswered = false
  for (const [turn, ask] of asks.entries()) {
    // the model that did not answer is not asked again, the fallback is
    if (isUnanswered && ask === call) continue
    if (signal.aborted) return last ?? { kind: 'unanswered', why: DEADLINE }
    let source: ValidationSource
    try {
      source = await untilAborted(ask({ turn, previous, signal }), signal)
    } catch (error) {
      if (!isUnavailability(error, signal)) throw error
      isUnanswered = true
      last ??= { kind: 'unanswered', why: signal.aborted ? DEADLINE : describe(error) }
      continue
    }
    const validation = await validate(schema, source, optionsOf(request))
    last = { kind: 'answered', validation }
    if ('value' in validation) return last
    previous = { outcome: failedOutcome(validation), text: validation.text, issues: validation.issues }
  }
  return last ?? { kind: 'unanswered', why: 'nothing was asked' }
}

/** The answer, or a rejection once the time is over: a call that does not heed the signal holds up nobody. */
function untilAborted<Value>(asking: Promise<Value>, signal: AbortSignal): Promise<Value> {
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    asking.then(resolve, reject)
  })
}

/** Hands the case to a person; where not even that works, the caller keeps it. */
async function toPerson<Schema extends StandardSchema | ToolSchemas>(
  { escalation }: DecisionRequest<Schema>,
  { escalate }: DecisionTools,
  reason: string,
  output: unknown,
  findings: Readonly<Record<string, unknown>>,
): Promise<Decision<ValueOf<Schema>>> {
  const { question, context, priority, input } = escalation
  try {
    const stored = await escalate({
      reason,
      question,
      context: Object.keys(findings).length === 0 ? context : { ...context, tidemark: findings },
      input,
      output,
      ...(priority === undefined ? {} : { priority }),
    })
    return { route: 'escalated', reason, escalation: stored }
  } catch (error) {
    return { route: 'failed', reason, error: error instanceof Error ? error : new Error(String(error)) }
  }
}

function check<Schema extends StandardSchema | ToolSchemas>(request: DecisionRequest<Schema>): void {
  const { reask = 0, minimumConfidence, confidence, escalation } = request
  if (!Number.isInteger(reask) || reask < 0 || reask > MAXIMUM_REASKS) {
    throw new TidemarkError('escalation_invalid', `decide: reask is ${reask}; use 0 to ${MAXIMUM_REASKS}.`)
  }
  if (minimumConfidence !== undefined && confidence === undefined) {
    throw new TidemarkError(
      'escalation_invalid',
      'decide: minimumConfidence needs confidence, a function that says how sure the agent is of a value.',
    )
  }
  if (escalation.question.trim() === '') {
    throw new TidemarkError(
      'escalation_invalid',
      'decide: escalation.question is empty; say what a reviewer has to decide.',
    )
  }
}

function optionsOf({ format, repair, name }: ValidateOptions): ValidateOptions {
  return {
    ...(format === undefined ? {} : { format }),
    ...(repair === undefined ? {} : { repair }),
    ...(name === undefined ? {} : { name }),
  }
}

function failedOutcome(validation: Validation<unknown>): FailedOutcome {
  if (validation.outcome === 'valid' || validation.outcome === 'repaired') {
    throw new TypeError('a valid answer is no failure')
  }
  return validation.outcome
}

/**
 * True for what a provider, a network or our own deadline does; an abort by the caller and a bug in his code are his.
 * Clients mark their errors by a status or by class names of connection, timeout and length.
 */
function isUnavailability(error: unknown, deadline: AbortSignal): boolean {
  if (deadline.aborted) return true
  if (!(error instanceof Error)) return false
  if (typeof Reflect.get(error, 'status') === 'number') return true
  if (/UserAbort|^AbortError$/u.test(`${error.constructor.name} ${error.name}`)) return false
  return (
    /(?:Connection|Timeout|FinishReason|API)\w*Error$/u.test(error.constructor.name) ||
    error.name === 'TimeoutError' ||
    (error instanceof TypeError && /^(?:fetch failed|terminated)$/u.test(error.message))
  )
}

/** For the reviewer, not for telemetry: the class and the status, no text of the provider. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error'
  const status: unknown = Reflect.get(error, 'status')
  return typeof status === 'number' ? `${error.constructor.name} ${status}` : error.constructor.name
}
