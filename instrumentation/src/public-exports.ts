/** Everything that the entries for Node and for edge runtimes share; they differ in what makes a Tidemark. */
export type { Decision, DecisionRequest, DecisionTurn, PolicyVerdict } from './decision.ts'
export { TidemarkError, type TidemarkErrorCode } from './errors.ts'
export type { Escalation, EscalationRecord, EscalationRequest, Priority } from './escalation.ts'
export type { Fetch } from './attempts.ts'
export { type CalcPrice, genaiPrices } from './genai-prices.ts'
export type { OpenAIClient } from './openai-client.ts'
export type { FetchRetry, PriceFunction, RetryOptions, TidemarkOptions, Usage } from './options.ts'
export type { RunScope } from './run-scope.ts'
export type { Output, StandardIssue, StandardResult, StandardSchema } from './standard-schema.ts'
export type { Tidemark } from './tidemark.ts'
export type {
  FailedOutcome,
  ToolSchemas,
  ValidateOptions,
  Validation,
  ValidationIssue,
  ValidationSource,
  ValidToolCall,
  ValueOf,
} from './validation.ts'
export { answerShape } from './output-shape.ts'
