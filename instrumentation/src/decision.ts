import type { Escalation, Priority } from './escalation.ts'
import type { StandardSchema } from './standard-schema.ts'
import type {
  FailedOutcome,
  ToolSchemas,
  ValidateOptions,
  ValidationIssue,
  ValidationSource,
  ValueOf,
} from './validation.ts'

/** What the model is asked this time: the first question, or again with what was wrong. */
export interface DecisionTurn {
  /** 0 for the first question, 1 for the first re-ask. */
  readonly turn: number
  /** The answer that failed and why; undefined on the first question. */
  readonly previous:
    | { readonly outcome: FailedOutcome; readonly text: string; readonly issues: readonly ValidationIssue[] }
    | undefined
  /** Aborted at the deadline of the decision; pass it to the client. */
  readonly signal: AbortSignal
}

/** What the policy says of a valid value; `undefined` lets it pass. */
export type PolicyVerdict =
  | undefined
  | { readonly route: 'rejected'; readonly reason: 'policy' | 'out_of_scope' }
  | { readonly route: 'escalated'; readonly reason: string }

/** What `decide` needs to answer a case, and to hand it over where it cannot. */
export interface DecisionRequest<Schema extends StandardSchema | ToolSchemas> extends ValidateOptions {
  /** The contract of an automatic decision: a Standard Schema, or tool schemas by name. */
  readonly schema: Schema
  /** Asks the model. */
  readonly call: (turn: DecisionTurn) => Promise<ValidationSource>
  /** What a reviewer sees when this decision needs one. */
  readonly escalation: {
    readonly question: string
    readonly context: Readonly<Record<string, unknown>>
    readonly priority?: Priority
    /** What the agent was asked; the reviewer reads it beside the answer. */
    readonly input: unknown
  }
  /** How sure the agent is of a valid value, 0 to 1. */
  readonly confidence?: (value: ValueOf<Schema>) => number
  /** Below it the case goes to a person; needs `confidence`. */
  readonly minimumConfidence?: number
  /** Business rules on a valid value. */
  readonly policy?: (value: ValueOf<Schema>) => PolicyVerdict
  /** How often to ask again with the issues after a failed validation: 0 (default) to 3. */
  readonly reask?: number
  /** Another way to an answer (a second model, a rule) before a person is asked; validated by the same schema. */
  readonly fallback?: (turn: DecisionTurn) => Promise<ValidationSource>
  /** Limit of the whole decision without the escalation; none by default. */
  readonly deadlineMilliseconds?: number
}

/** The outcome of a decision. Only `auto` carries a value, and that value passed the schema, the policy and the confidence threshold. */
export type Decision<Value> =
  | {
      readonly route: 'auto'
      readonly value: Value
      readonly outcome: 'valid' | 'repaired'
      readonly confidence: number | undefined
    }
  /** A person decides. */
  | { readonly route: 'escalated'; readonly reason: string; readonly escalation: Escalation }
  /** Nobody is asked. */
  | { readonly route: 'rejected'; readonly reason: 'policy' | 'out_of_scope' }
  /** Neither a value nor a stored escalation: the caller still owns the case. */
  | { readonly route: 'failed'; readonly reason: string; readonly error: Error }
