import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { outputShape } from '../src/output-shape.ts'
import type { OutputShape } from '../src/semconv.ts'
import { judge } from '../src/validate.ts'

const FOLDER = fileURLToPath(new URL('../../../shared/data/function-calls/', import.meta.url))
const isPresent = existsSync(FOLDER)
if (!isPresent && process.env['TIDEMARK_REQUIRE_ALL'] === undefined) {
  console.warn(`skipped: recorded outputs are not at ${FOLDER}`)
}

interface RecordedOutput {
  readonly id: string
  readonly output_kind: string
  readonly output: string
  readonly shape: string
  readonly tool_calls?: readonly { readonly name: string; readonly arguments: string }[]
}

let calls: readonly RecordedOutput[] | undefined

function recordedCalls(): readonly RecordedOutput[] {
  calls ??= readdirSync(FOLDER)
    .filter((name) => name.startsWith('calls-'))
    .flatMap((name) =>
      gunzipSync(readFileSync(`${FOLDER}${name}`))
        .toString('utf8')
        .trim()
        .split('\n'),
    )
    .map((line): RecordedOutput => JSON.parse(line))
  return calls
}

function recordedTexts(): readonly RecordedOutput[] {
  return recordedCalls().filter(({ output_kind }) => output_kind === 'text')
}

function malformedIds(wanted: string): readonly string[] {
  return readFileSync(`${FOLDER}malformed.jsonl`, 'utf8')
    .trim()
    .split('\n')
    .map((line): { kind: string; id: string } => JSON.parse(line))
    .filter(({ kind }) => kind === wanted)
    .map(({ id }) => id)
}

function shareOfFences(run: string): number {
  const texts = recordedTexts().filter(({ id }) => id.startsWith(`${run}@2024-08-11/`))
  const fenced = texts.filter(({ output }) => /^(?:json_fenced|fenced_other)$/u.test(outputShape(output)))
  return fenced.length / texts.length
}

/** Kinds of malformed output as they were recorded, and what we call them. */
const MALFORMED: readonly (readonly [kind: string, ours: readonly OutputShape[], share: number])[] = [
  ['broken_json', ['broken_json', 'truncated_json'], 1],
  ['broken_json_in_tags', ['broken_json', 'truncated_json'], 0.9],
  ['call_syntax_in_code_fence', ['fenced_other'], 0.95],
  ['json_in_code_fence', ['json_fenced'], 0.9],
  ['json_in_code_fence_with_prose', ['json_fenced', 'fenced_other'], 0.95],
  ['json_in_tags', ['json_in_prose'], 0.95],
  ['json_wrapped_in_prose', ['json_in_prose', 'json_fenced', 'fenced_other'], 0.9],
  ['prose_instead_of_call', ['prose', 'refusal'], 0.9],
  ['refusal_instead_of_call', ['refusal', 'prose'], 0.95],
]

/** What an independent classifier called the output, the shapes of ours that agree, and the share that has to. */
const AGREEMENT: readonly (readonly [recorded: string, ours: readonly OutputShape[], share: number])[] = [
  ['json_object', ['json'], 1],
  ['json_array', ['json'], 1],
  ['empty', ['empty'], 1],
  ['call_syntax', ['call_syntax'], 0.99],
  ['call_syntax_fenced', ['fenced_other'], 0.99],
  ['call_syntax_fenced_in_prose', ['fenced_other'], 0.99],
  ['fenced_other', ['fenced_other'], 0.95],
  ['json_fenced', ['json_fenced'], 0.95],
  ['json_in_tags', ['json_in_prose'], 0.99],
  ['bad_json_in_tags', ['broken_json', 'truncated_json'], 0.95],
  ['broken_json', ['broken_json', 'truncated_json'], 1],
  ['refusal_text', ['refusal', 'prose'], 0.99],
  ['text', ['prose', 'refusal'], 0.97],
]

describe.skipIf(!isPresent && process.env['TIDEMARK_REQUIRE_ALL'] === undefined)(
  'recorded outputs of 21 models',
  () => {
    it('are told apart as an independent classifier does', () => {
      const byShape = Map.groupBy(recordedTexts(), ({ shape }) => shape)
      for (const [recorded, ours, share] of AGREEMENT) {
        const texts = byShape.get(recorded) ?? []
        expect(texts.length, recorded).toBeGreaterThan(0)
        const agreeing = texts.filter(({ output }) => ours.includes(outputShape(output)))
        expect(agreeing.length / texts.length, recorded).toBeGreaterThanOrEqual(share)
      }
    })

    it('show the update of gpt-4o as a turn to code fences', () => {
      expect(shareOfFences('gpt-4o-2024-05-13')).toBeLessThan(0.05)
      expect(shareOfFences('gpt-4o-2024-08-06')).toBeGreaterThan(0.7)
    })

    it.for(MALFORMED)('that are %s have a shape of their own', ([kind, ours, share]) => {
      const malformed = new Set(malformedIds(kind))
      const texts = recordedTexts().filter(({ id }) => malformed.has(id))
      expect(texts.length).toBeGreaterThan(0)
      const agreeing = texts.filter(({ output }) => ours.includes(outputShape(output)))
      expect(agreeing.length / texts.length).toBeGreaterThanOrEqual(share)
    })

    it('with tool arguments that are no JSON are not valid', async () => {
      const ids = new Set(malformedIds('tool_arguments_not_json'))
      const records = recordedCalls().filter(({ id }) => ids.has(id))
      expect(records.length).toBeGreaterThan(0)
      for (const { tool_calls = [] } of records) {
        const tools = Object.fromEntries(tool_calls.map(({ name }) => [name, z.unknown()]))
        const message = { role: 'assistant', content: null, tool_calls: tool_calls.map((call) => ({ function: call })) }
        const { validation } = await judge(tools, message, {})
        expect(validation.outcome).toMatch(/^(?:malformed_json|not_json)$/u)
      }
    })
  },
)
