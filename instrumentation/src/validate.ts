import { answerOf, type Answer, type AnsweredToolCall } from './answer.ts'
import { findCodeFence } from './code-fence.ts'
import { findJson, parseJsonText } from './json-text.ts'
import { outputShape } from './output-shape.ts'
import type { OutputShape } from './semconv.ts'
import { isStandardSchema, type Output, type StandardIssue, type StandardSchema } from './standard-schema.ts'
import type {
  FailedOutcome,
  ToolSchemas,
  ValidateOptions,
  Validation,
  ValidationIssue,
  ValidationSource,
  ValidToolCall,
  ValueOf,
} from './validation.ts'

/** The judgement of one answer, and which answer it was. */
export interface Judgement<Value> {
  readonly validation: Validation<Value>
  readonly responseId: string | undefined
}

/**
 * Checks an answer against a schema or the schemas of the tools it may call.
 * What a model can write never throws; a source that is no answer does (`validation_source_invalid`).
 */
export async function judge<Schema extends StandardSchema | ToolSchemas>(
  schema: Schema,
  source: ValidationSource,
  options: ValidateOptions,
): Promise<Judgement<ValueOf<Schema>>>
export async function judge(
  schema: StandardSchema | ToolSchemas,
  source: ValidationSource,
  options: ValidateOptions,
): Promise<Judgement<unknown>> {
  const answer = answerOf(source)
  return { validation: await validateAnswer(schema, answer, options), responseId: answer.responseId }
}

async function validateAnswer(
  schema: StandardSchema | ToolSchemas,
  answer: Answer,
  options: ValidateOptions,
): Promise<Validation<unknown>> {
  const { text } = answer
  if (answer.finishReason === 'content_filter') return failed('filtered', text)
  if (answer.isRefused) return failed('refused', text)
  // a cut answer can look complete: the amount 12 of 1250
  if (answer.finishReason === 'length') return failed('truncated', text)
  if (!isStandardSchema(schema)) return validateToolCalls(schema, answer)
  if (text.trim() === '') return failed('empty', text)
  if (options.format === 'text') return checked(schema, text, text)
  return validateJson(schema, text, options.repair === true)
}

async function validateJson(schema: StandardSchema, text: string, mayRepair: boolean): Promise<Validation<unknown>> {
  const parsed = parseJsonText(text)
  if (parsed.kind === 'value') return checked(schema, parsed.value, text)
  if (parsed.kind === 'refused') return failed('malformed_json', text, refusedJson(parsed.code))
  const shape = outputShape(text)
  const outcome = outcomeOfUnparsable(shape)
  const failure = failed(outcome, text, [{ path: '', code: shape, message: `The answer is no JSON but ${shape}.` }])
  const repaired = mayRepair && WRAPPED.has(shape) ? withoutWrapping(text) : undefined
  if (repaired === undefined) return failure
  const inner = parseJsonText(repaired)
  if (inner.kind !== 'value') return failure
  const validation = await checked(schema, inner.value, text)
  return validation.outcome === 'valid' ? { ...validation, outcome: 'repaired', issues: failure.issues } : validation
}

async function validateToolCalls<Tools extends ToolSchemas>(
  tools: Tools,
  { text, toolCalls }: Answer,
): Promise<Validation<readonly ValidToolCall<Tools>[]>>
async function validateToolCalls(tools: ToolSchemas, { text, toolCalls }: Answer): Promise<Validation<unknown>> {
  // text without a call: the model chose to answer
  if (toolCalls.length === 0) {
    return text.trim() === '' ? failed('empty', text) : { outcome: 'valid', value: [], text, issues: [] }
  }
  const checks = await Promise.all(toolCalls.map((call) => validateToolCall(tools, call)))
  const issues = checks.flatMap(({ validation }, index) =>
    validation.issues.map((issue) => ({ ...issue, path: joinPath([index, toolCalls[index]?.name ?? '', issue.path]) })),
  )
  const outcomes = new Set(checks.map(({ validation }) => validation.outcome))
  // the least usable call decides
  const outcome = (['not_json', 'malformed_json', 'schema_mismatch'] as const).find((failure) => outcomes.has(failure))
  const shown =
    text === '' ? JSON.stringify(toolCalls.map(({ name, arguments: args }) => ({ name, arguments: args }))) : text
  if (outcome !== undefined) return failed(outcome, shown, issues)
  const value = checks.map(({ call, validation }) => ({
    name: call.name,
    id: call.id,
    arguments: 'value' in validation ? validation.value : undefined,
  }))
  return { outcome: 'valid', value, text: shown, issues: [] }
}

async function validateToolCall(tools: ToolSchemas, call: AnsweredToolCall) {
  const schema = Object.hasOwn(tools, call.name) ? tools[call.name] : undefined
  if (schema === undefined) {
    const known = Object.keys(tools).join(', ')
    const issue = { path: '', code: 'unknown_tool', message: `There is no tool ${call.name}; the tools are ${known}.` }
    return { call, validation: failed('schema_mismatch', call.arguments, [issue]) }
  }
  const isEmpty = call.arguments.trim() === ''
  if (isEmpty) {
    const issue = { path: '', code: 'empty', message: 'The call has no arguments, not even {}.' }
    return { call, validation: failed('malformed_json', call.arguments, [issue]) }
  }
  return { call, validation: await validateJson(schema, call.arguments, false) }
}

/** A hostile answer can fail a million times; nobody reads more than these. */
const MAXIMUM_ISSUES = 50

/** Runs the schema; a schema that throws (a recursion, a transform) refuses the value. */
async function checked<Schema extends StandardSchema>(
  schema: Schema,
  value: unknown,
  text: string,
): Promise<Validation<Output<Schema>>>
async function checked(schema: StandardSchema, value: unknown, text: string): Promise<Validation<unknown>> {
  try {
    const result = await schema['~standard'].validate(value)
    if (result.issues === undefined) return { outcome: 'valid', value: result.value, text, issues: [] }
    return failed('schema_mismatch', text, result.issues.slice(0, MAXIMUM_ISSUES).map(describedIssue))
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    return failed('schema_mismatch', text, [
      { path: '', code: 'schema_threw', message: `The schema threw: ${message}` },
    ])
  }
}

function failed(
  outcome: FailedOutcome,
  text: string,
  issues: readonly ValidationIssue[] = [],
): { readonly outcome: FailedOutcome; readonly text: string; readonly issues: readonly ValidationIssue[] } {
  return { outcome, text, issues }
}

function outcomeOfUnparsable(shape: OutputShape): 'malformed_json' | 'not_json' {
  switch (shape) {
    case 'json':
    case 'json_fenced':
    case 'json_in_prose':
    case 'broken_json':
    case 'truncated_json':
      return 'malformed_json'
    case 'fenced_other':
    case 'call_syntax':
    case 'prose':
    case 'refusal':
    case 'empty':
    case 'tool_calls':
      return 'not_json'
  }
}

/** Forms with a whole JSON value inside; `json` where a mark of the byte order stands before it. A part of broken JSON is no answer. */
const WRAPPED: ReadonlySet<OutputShape> = new Set(['json', 'json_fenced', 'json_in_prose'])

function withoutWrapping(text: string): string | undefined {
  const fence = findCodeFence(text)
  if (fence !== undefined) return fence.content.trim()
  const found = findJson(text)
  return found === undefined ? undefined : text.slice(found.start, found.end)
}

function refusedJson(code: 'too_large' | 'too_deep' | 'forbidden_key'): readonly ValidationIssue[] {
  const message = {
    too_large: 'The text is too large to be parsed.',
    too_deep: 'The JSON is nested too deeply.',
    forbidden_key: 'The JSON has a key __proto__.',
  }[code]
  return [{ path: '', code, message }]
}

function describedIssue(issue: StandardIssue): ValidationIssue {
  const code: unknown = Reflect.get(issue, 'code')
  const path = (issue.path ?? []).map((step) => (typeof step === 'object' ? step.key : step))
  return { path: joinPath(path), code: typeof code === 'string' ? code : 'invalid', message: issue.message }
}

function joinPath(steps: readonly PropertyKey[]): string {
  return steps
    .map(String)
    .filter((step) => step !== '')
    .join('.')
}
