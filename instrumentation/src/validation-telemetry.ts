import { ATTRIBUTE, EVALUATION_NAME, EVENT, SPAN, TIDEMARK, type ValidationOutcome } from './semconv.ts'
import type { SchemaIdentity } from './schema-identity.ts'
import {
  activeContext,
  type Attributes,
  contextWithParent,
  emitEvent,
  type SpanContext,
  type Telemetry,
} from './telemetry.ts'
import type { ValidationIssue } from './validation.ts'

/** So many issues are worth an attribute. */
const MAXIMUM_ISSUES = 5

export interface ValidationReport {
  readonly outcome: ValidationOutcome
  readonly issues: readonly ValidationIssue[]
  readonly schema: SchemaIdentity
  readonly responseId: string | undefined
  /** The call that gave the answer, where it is known. */
  readonly call: SpanContext | undefined
  /** Attributes of the scope: origin, variant, segment, prompt. */
  readonly scope: Attributes
}

/** One span and one count for each validation, and the convention's event on the span. Values stay out: see {@link issueLabel}. */
export function reportValidation(telemetry: Telemetry, report: ValidationReport): void {
  const { outcome, issues, schema, responseId, call } = report
  try {
    telemetry.instruments().validations.add(1, {
      [ATTRIBUTE.agentName]: telemetry.agentName,
      [TIDEMARK.validationOutcome]: outcome,
    })
    const span = telemetry.startSpan(SPAN.validation, {
      kind: 'internal',
      attributes: {
        ...report.scope,
        [TIDEMARK.validationOutcome]: outcome,
        [TIDEMARK.schemaName]: schema.name,
        ...(schema.hash === undefined ? {} : { [TIDEMARK.schemaHash]: schema.hash }),
        ...(responseId === undefined ? {} : { [ATTRIBUTE.responseId]: responseId }),
        ...(issues.length === 0 ? {} : { [TIDEMARK.validationIssues]: shownIssues(report) }),
      },
      parent: call === undefined ? activeContext() : contextWithParent(call),
    })
    // the raw text was invalid, also where a repair made it usable
    const isPassed = outcome === 'valid'
    emitEvent(span, EVENT.evaluationResult, {
      [ATTRIBUTE.agentName]: telemetry.agentName,
      [ATTRIBUTE.evaluationName]: EVALUATION_NAME.schemaValidation,
      [ATTRIBUTE.evaluationLabel]: isPassed ? 'pass' : 'fail',
      [ATTRIBUTE.evaluationValue]: isPassed ? 1 : 0,
      [ATTRIBUTE.evaluationExplanation]: outcome,
      ...(responseId === undefined ? {} : { [ATTRIBUTE.responseId]: responseId }),
    })
    span.end()
  } catch (error) {
    telemetry.trouble('traces', 'a validation could not be recorded', error)
  }
}

function shownIssues({ issues, schema }: ValidationReport): string[] {
  return issues.slice(0, MAXIMUM_ISSUES).map((issue) => issueLabel(issue, schema.declaredNames))
}

/**
 * `path:code`. A step that the schema does not declare may be a key that the model or a user made up (a name, an address):
 * it becomes `*`, as do every index and every name that is no plain identifier.
 */
export function issueLabel(
  { path, code }: Pick<ValidationIssue, 'path' | 'code'>,
  declaredNames: ReadonlySet<string>,
): string {
  const steps = path === '' ? [] : path.split('.')
  const shown = steps.map((step) => (declaredNames.has(step) && IDENTIFIER.test(step) ? step : '*')).join('.')
  return `${shown}:${/^[a-z][a-z0-9_]{0,39}$/u.test(code) ? code : 'invalid'}`
}
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_-]{0,39}$/u
