import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MODEL_AFTER, MODEL_BEFORE, type AnswerForm, type MeasuredModel } from '../../src/demo/measured-rates.ts'
import { recordedData } from '../../../tests/recorded-data.ts'

const data = recordedData('function-calls')

const line = z.object({
  bfcl_name: z.string(),
  recorded_on: z.string(),
  mode: z.string(),
  category: z.string(),
  shape: z.string(),
  output: z.string(),
  latency_s: z.number(),
  output_tokens: z.number(),
})

/** Outer forms of the recordings that stand outside a code fence. */
const FORMS: Readonly<Record<string, AnswerForm>> = {
  call_syntax: 'as_asked',
  json_array: 'other_structure',
  python_literal: 'other_structure',
  broken_call_syntax: 'broken',
}

type Line = z.infer<typeof line>

function formOf({ output, shape }: Line): AnswerForm {
  const form = output.includes('```') ? 'fenced' : FORMS[shape]
  if (form === undefined) throw new Error(`no form for the shape ${shape}`)
  return form
}

/** The recorded calls of a run that need a call; `source` is `name@day`. */
function linesOf(folder: string, { source }: MeasuredModel): readonly Line[] {
  return gunzipSync(readFileSync(join(folder, 'calls-openai.jsonl.gz')))
    .toString('utf8')
    .split('\n')
    .filter((text) => text.includes(source.split('@')[1] ?? source))
    .map((text) => line.parse(JSON.parse(text)))
    .filter((call) => `${call.bfcl_name}@${call.recorded_on}` === source && call.category !== 'relevance')
}

/** Quantiles at 0, 5, ..., 100 %, linear between the ordered values. */
function quantilesOf(values: readonly number[]): readonly number[] {
  const ordered = values.toSorted((left, right) => left - right)
  return Array.from({ length: 21 }, (_, index) => {
    const place = (index / 20) * (ordered.length - 1)
    const low = ordered[Math.floor(place)] ?? Number.NaN
    const high = ordered[Math.ceil(place)] ?? Number.NaN
    return low + (place - Math.floor(place)) * (high - low)
  })
}

const rounded = (values: readonly number[], digits: number): readonly number[] =>
  values.map((value) => Number(value.toFixed(digits)))

describe.skipIf(data === undefined)('counted anew from the recordings', () => {
  const folder = data ?? ''

  test.each([MODEL_BEFORE, MODEL_AFTER])('$source: the forms of its answers to the 600 cases', (model) => {
    const lines = linesOf(folder, model)
    expect(lines).toHaveLength(600)
    expect(new Set(lines.map(({ mode }) => mode))).toEqual(new Set(['prompt']))
    const counts: Record<AnswerForm, number> = { as_asked: 0, fenced: 0, other_structure: 0, broken: 0 }
    for (const call of lines) counts[formOf(call)] += 1
    const shares = Object.entries(counts).map(([form, count]) => [form, count / lines.length])
    expect(Object.fromEntries(shares)).toEqual(model.forms)
  })

  test.each([MODEL_BEFORE, MODEL_AFTER])('$source: the quantiles of its latencies', (model) => {
    const latencies = linesOf(folder, model).map((call) => call.latency_s)
    expect(rounded(quantilesOf(latencies), 3)).toEqual(model.latencyQuantiles)
  })

  test.each([MODEL_BEFORE, MODEL_AFTER])('$source: the quantiles of its lengths', (model) => {
    const median = quantilesOf(linesOf(folder, MODEL_BEFORE).map((call) => call.output_tokens))[10] ?? Number.NaN
    const lengths = linesOf(folder, model).map((call) => call.output_tokens / median)
    expect(rounded(quantilesOf(lengths), 2)).toEqual(model.lengthQuantiles)
  })

  test("60 of the 65 answers in another structure are written with Python's quotes", () => {
    const others = linesOf(folder, MODEL_BEFORE).filter((call) => formOf(call) === 'other_structure')
    expect(others).toHaveLength(65)
    expect(others.filter(({ shape }) => shape === 'python_literal')).toHaveLength(60)
  })
})
