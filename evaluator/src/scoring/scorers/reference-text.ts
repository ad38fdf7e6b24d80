import type { ScorableRecord, ScoreOutcome } from '../scorer.ts'
import { atPointer, jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource, textOf, type JsonSource } from './output-source.ts'
import type { References } from './reference.ts'

/** A text of the output: all of it, or with `at` one of its JSON's. */
export const textSource = { at: jsonPointer.optional(), ...jsonSource }

export type TextSource = JsonSource & { readonly at?: string | undefined }

/** The output's text; a value that is no text as JSON. */
export function outputText(
  record: ScorableRecord,
  source: TextSource,
): { readonly text: string } | { readonly outcome: ScoreOutcome } {
  if (source.at === undefined && source.tool === undefined) return textOf(record)
  const read = jsonOf(record, source)
  return 'outcome' in read ? read : { text: asText(atPointer(read.json, source.at ?? '')) }
}

/** Both texts that a similarity compares, or why it cannot. */
export function comparedTexts(
  record: ScorableRecord,
  source: TextSource,
  references: References,
): { readonly output: string; readonly reference: string } | { readonly outcome: ScoreOutcome } {
  const output = outputText(record, source)
  if ('outcome' in output) return output
  const known = references.of(record)
  return 'outcome' in known ? known : { output: output.text, reference: asText(known.reference) }
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined ? '' : JSON.stringify(value)
}
