import { readdirSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { recordedData } from '../../tests/recorded-data.ts'
import { judge } from '../src/validate.ts'
import type { ToolSchemas } from '../src/validation.ts'

type JsonSchema = Parameters<typeof z.fromJSONSchema>[0]
type Table = Readonly<Record<string, Readonly<Record<string, number>>>>

const structured = recordedData('structured-outputs')
const cassettes = recordedData('http-cassettes')
const functionCalls = recordedData('function-calls')

function records(path: string): readonly unknown[] {
  const bytes = readFileSync(path)
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  return text
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
}

/** Counts pairs: rows are what was recorded, columns our outcomes. */
function confusion(pairs: readonly (readonly [recorded: string, ours: string])[]): Table {
  const table: Record<string, Record<string, number>> = {}
  for (const [recorded, ours] of pairs) {
    const row = (table[recorded] ??= {})
    row[ours] = (row[ours] ?? 0) + 1
  }
  return table
}

describe.skipIf(structured === undefined)('answers in seven JSON formats, against an independent validator', () => {
  interface Answered {
    readonly output: string
    readonly output_schema: JsonSchema
    readonly schema_verdict: string
    readonly shape: string
  }

  it('are valid where it says valid, and of another structure where it says invalid; what is no JSON is told apart by its form', async () => {
    const schemas = new Map<string, z.ZodType>()
    const schemaOf = (json: JsonSchema): z.ZodType => {
      const key = JSON.stringify(json)
      const schema = schemas.get(key) ?? z.fromJSONSchema(json)
      schemas.set(key, schema)
      return schema
    }
    const answers = records(`${structured}/calls.jsonl.gz`) as readonly Answered[]
    const pairs = await Promise.all(
      answers.map(async ({ output, output_schema, schema_verdict, shape }) => {
        const { validation } = await judge(schemaOf(output_schema), output, {})
        const recorded = schema_verdict === 'not_json' ? `not_json: ${shape}` : schema_verdict
        return [recorded, validation.outcome] as const
      }),
    )
    expect(confusion(pairs)).toEqual({
      valid: { valid: 2051 },
      invalid: { schema_mismatch: 369 },
      'not_json: json_in_prose': { malformed_json: 314 },
      'not_json: json_fenced': { malformed_json: 51 },
      'not_json: unclosed_bracket': { malformed_json: 12 },
      'not_json: fenced_other': { malformed_json: 3 },
      'not_json: text': { not_json: 36, malformed_json: 2 },
      'not_json: refusal_text': { not_json: 5 },
    })
  })
})

describe.skipIf(cassettes === undefined)('recorded answers to requests with a JSON schema', () => {
  interface Answered {
    readonly schema: JsonSchema | null
    readonly output: string
    readonly refusal: string | null
    readonly verdict: string
  }

  it('have the recorded verdict', async () => {
    const pairs = await Promise.all(
      (records(`${cassettes}/structured-outputs.jsonl`) as readonly Answered[]).map(
        async ({ schema, output, refusal, verdict }) => {
          const message = { role: 'assistant', content: output, refusal }
          const { validation } = await judge(schema === null ? z.unknown() : z.fromJSONSchema(schema), message, {})
          return [verdict, validation.outcome] as const
        },
      ),
    )
    expect(confusion(pairs)).toEqual({
      valid: { valid: 25 },
      // JSON mode without a schema
      json: { valid: 5 },
      // only tool calls, where a text was asked for
      no_text: { empty: 5 },
      refusal: { refused: 6 },
    })
  })
})

describe.skipIf(functionCalls === undefined)('malformed tool calls', () => {
  interface Call {
    readonly id: string
    readonly case_id: string
    readonly output: string
    readonly output_kind: string
    readonly tool_calls?: readonly { readonly name: string; readonly arguments: string }[]
  }
  interface Case {
    readonly case_id: string
    readonly functions: readonly { readonly name: string; readonly parameters: object }[]
  }

  /** The tools of the case, strict: an argument nobody asked for is wrong. */
  function toolsOf({ functions }: Case, used: readonly string[]): ToolSchemas {
    const byName = new Map(functions.map(({ name, parameters }) => [name.replaceAll('.', '_'), parameters]))
    return Object.fromEntries(
      [...byName]
        .filter(([name]) => used.includes(name))
        .map(([name, parameters]) => [name, z.fromJSONSchema({ ...parameters, additionalProperties: false })]),
    )
  }

  it('have the outcome that their kind asks for: no kind that breaks a contract is valid', async () => {
    const calls = new Map(
      readdirSync(functionCalls ?? '')
        .filter((name) => name.startsWith('calls-'))
        .flatMap((name) => records(`${functionCalls}/${name}`) as readonly Call[])
        .map((call) => [call.id, call]),
    )
    const cases = new Map(
      (records(`${functionCalls}/cases.jsonl.gz`) as readonly Case[]).map((one) => [one.case_id, one]),
    )
    const pairs = await Promise.all(
      (records(`${functionCalls}/malformed.jsonl`) as readonly { kind: string; id: string }[]).map(
        async ({ kind, id }) => {
          const call = calls.get(id)
          const asked = cases.get(call?.case_id ?? '')
          if (call === undefined || asked === undefined) throw new Error(`${id} is not among the recorded calls`)
          const { tool_calls = [] } = call
          if (call.output_kind === 'tool_calls') {
            const message = {
              role: 'assistant',
              content: null,
              tool_calls: tool_calls.map((one) => ({ function: one })),
            }
            const used = tool_calls.map(({ name }) => name)
            const { validation } = await judge(toolsOf(asked, used), message, {})
            return [`${kind} (tool call)`, validation.outcome] as const
          }
          // models without a tool interface write their calls as JSON, one object or a list of them
          const { validation } = await judge(z.union([z.looseObject({}), z.array(z.looseObject({}))]), call.output, {})
          return [kind, validation.outcome] as const
        },
      ),
    )
    // the one call that lacks a required argument and is valid: its schema has a default, which zod fills in
    // two calls with a program for arguments name a tool that does not exist
    expect(confusion(pairs)).toEqual({
      broken_call_syntax: { malformed_json: 2, not_json: 23 },
      broken_json: { malformed_json: 25 },
      broken_json_in_tags: { malformed_json: 25 },
      call_syntax_in_code_fence: { not_json: 25 },
      cut_at_token_limit: { not_json: 1 },
      empty: { empty: 1 },
      json_in_code_fence: { malformed_json: 23, not_json: 2 },
      json_in_code_fence_with_prose: { malformed_json: 18, not_json: 7 },
      json_in_tags: { malformed_json: 25 },
      json_scalar: { schema_mismatch: 3 },
      json_wrapped_in_prose: { malformed_json: 22, not_json: 3 },
      prose_instead_of_call: { malformed_json: 2, not_json: 23 },
      provider_error_recorded_as_output: { not_json: 2 },
      python_literal_instead_of_json: { malformed_json: 24, not_json: 1 },
      refusal_instead_of_call: { not_json: 25 },
      runaway_generation_cut_off: { malformed_json: 2, not_json: 23 },
      safety_block: { valid: 2 },
      schema_violation_enum: { malformed_json: 5 },
      'schema_violation_enum (tool call)': { schema_mismatch: 7 },
      schema_violation_required: { malformed_json: 6, not_json: 1 },
      'schema_violation_required (tool call)': { schema_mismatch: 17, valid: 1 },
      schema_violation_type: { malformed_json: 10, valid: 1 },
      'schema_violation_type (tool call)': { schema_mismatch: 14 },
      text_and_tool_calls: { schema_mismatch: 22 },
      'tool_arguments_not_json (tool call)': { malformed_json: 1, schema_mismatch: 2 },
      unclosed_bracket: { malformed_json: 3, not_json: 16 },
      unexpected_argument: { malformed_json: 9 },
      'unexpected_argument (tool call)': { schema_mismatch: 8 },
      unknown_function: { malformed_json: 24 },
      'unknown_function (tool call)': { schema_mismatch: 1 },
    })
  })
})
