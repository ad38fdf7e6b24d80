import type { ValidationOutcome } from './semconv.ts'
import type { Output, StandardSchema } from './standard-schema.ts'

/** A chat completion, response, message or plain text: what a model answered. Structural, so that any client's objects fit. */
export type ValidationSource = string | object

/** One finding of a schema. `message` may quote the value and stays in the process; telemetry gets `path:code`. */
export interface ValidationIssue {
  /** Keys joined by dots, indexes as numbers; empty for the whole value. */
  readonly path: string
  readonly code: string
  readonly message: string
}

/** The outcomes without a value. */
export type FailedOutcome = Exclude<ValidationOutcome, 'valid' | 'repaired'>

/** The value exists only where a schema accepted it. */
export type Validation<Value> =
  | {
      readonly outcome: 'valid' | 'repaired'
      readonly value: Value
      readonly text: string
      readonly issues: readonly ValidationIssue[]
    }
  | { readonly outcome: FailedOutcome; readonly text: string; readonly issues: readonly ValidationIssue[] }

/** How an answer is read before the schema judges it. */
export interface ValidateOptions {
  /** `json` parses the text first; `text` hands it to the schema as it is. */
  readonly format?: 'json' | 'text'
  /** Strips a code fence or the prose around one JSON value when the raw text is no JSON. Counted as `repaired`, never silent. */
  readonly repair?: boolean
  /** Name of the schema in telemetry. Without it the schema's own title or id, else `schema` (`tools` for tool schemas). */
  readonly name?: string
}

/** Schemas of the tools a model may call, by tool name. */
export type ToolSchemas = Readonly<Record<string, StandardSchema>>

/** A tool call whose arguments the tool's schema accepted. */
export type ValidToolCall<Tools extends ToolSchemas> = {
  [Name in keyof Tools & string]: {
    readonly name: Name
    readonly id: string | undefined
    readonly arguments: Output<Tools[Name]>
  }
}[keyof Tools & string]

/** What a schema or a set of tool schemas makes of an answer. */
export type ValueOf<Schema extends StandardSchema | ToolSchemas> = Schema extends StandardSchema
  ? Output<Schema>
  : Schema extends ToolSchemas
    ? readonly ValidToolCall<Schema>[]
    : never
