import { z } from 'zod'
import { missing, SKIPPED, type OutputContent, type ScorableRecord, type ScoreOutcome } from '../scorer.ts'

/**
 * UTF-16 units of an output that scorers read; longer ones are missing, so that no output, however hostile, costs more than
 * some milliseconds. What the ingest stores is far shorter.
 */
export const MAXIMUM_CHARACTERS = 262_144

/** Which part of the output a score of JSON looks at. */
export const jsonSource = {
  /** The arguments of the first call of this tool instead of the text; records without such a call are skipped. */
  tool: z.string().min(1).max(128).optional(),
  /** Whether JSON inside a Markdown fence counts as JSON. */
  fences: z.enum(['refused', 'stripped']).default('refused'),
}

export type JsonSource = { readonly tool?: string | undefined; readonly fences: 'refused' | 'stripped' }

export type TextOrOutcome = { readonly text: string } | { readonly outcome: ScoreOutcome }

/** The text of the answer, or why there is none to score. */
export function textOf(record: ScorableRecord): TextOrOutcome {
  if (record.isContentSampledOut) return { outcome: SKIPPED }
  if (record.output === null) return { outcome: missing('no_content', 'the call carries no text') }
  return bounded(record.output.text)
}

/** The JSON of the answer. `json` is undefined where the output is no JSON: a finding about the output, not an error. */
export function jsonOf(
  record: ScorableRecord,
  { tool, fences }: JsonSource,
): { readonly json: unknown } | { readonly outcome: ScoreOutcome } {
  if (record.isContentSampledOut) return { outcome: SKIPPED }
  if (record.output === null) return { outcome: missing('no_content', 'the call carries no text') }
  const text =
    tool === undefined ? record.output.text : record.output.toolCalls.find(({ name }) => name === tool)?.arguments
  if (text === undefined) return { outcome: SKIPPED }
  const read = bounded(text)
  return 'outcome' in read ? read : { json: parsed(record.output, read.text, fences === 'stripped') }
}

function bounded(text: string): TextOrOutcome {
  if (text.length <= MAXIMUM_CHARACTERS) return { text }
  return { outcome: missing('too_large', `${text.length} characters, at most ${MAXIMUM_CHARACTERS} are read`) }
}

/** Several scorers read the same output: it is parsed once. */
const known = new WeakMap<OutputContent, Map<string, unknown>>()

function parsed(output: OutputContent, text: string, stripsFence: boolean): unknown {
  const json = stripsFence ? withoutFence(text) : text
  let values = known.get(output)
  if (values === undefined) known.set(output, (values = new Map()))
  if (!values.has(json)) values.set(json, parseJson(json))
  return values.get(json)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What stands between the first and the last fence; the text itself where there is none. */
function withoutFence(text: string): string {
  const trimmed = text.trim()
  if (!trimmed.startsWith('```') || !trimmed.endsWith('```')) return text
  const start = trimmed.indexOf('\n')
  return start === -1 ? text : trimmed.slice(start + 1, -3)
}
