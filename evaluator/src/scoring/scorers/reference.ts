import { z } from 'zod'
import { CORRECT_PATH, readConfiguredFile } from '../../configured-file.ts'
import { TidemarkError } from '../../domain/errors.ts'
import { missing, type ScorableRecord, type ScoreOutcome } from '../scorer.ts'

/** What the right answers are: a file of JSON lines, each with `inputHash` or `id` and the `reference`, any JSON. */
export const referenceSource = { reference: z.string().min(1) }

const line = z
  .strictObject({
    inputHash: z.string().min(1).optional(),
    id: z.string().min(1).optional(),
    reference: z.json(),
  })
  .refine(({ inputHash, id }) => (inputHash === undefined) !== (id === undefined), 'give either inputHash or id')

export type References = {
  /** The file's text, which belongs to the version of a score. */
  readonly text: string
  of(record: ScorableRecord): { readonly reference: unknown } | { readonly outcome: ScoreOutcome }
}

/** @throws {TidemarkError} `config_unreadable`; `config_invalid`, naming the line */
export function readReferences(name: string, file: string): References {
  const text = readConfiguredFile(file, `the references ${file} of the score ${name}`, CORRECT_PATH)
  const byInput = new Map<string, unknown>()
  const byRecord = new Map<string, unknown>()
  for (const [i, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue
    const { inputHash, id, reference } = readLine(json, `${file}, line ${i + 1}`)
    if (inputHash !== undefined) byInput.set(inputHash, reference)
    if (id !== undefined) byRecord.set(id, reference)
  }
  return {
    text,
    of({ key, example, reference, inputHash }) {
      if (reference !== undefined) return { reference }
      if (example !== undefined && byRecord.has(example)) return { reference: byRecord.get(example) }
      if (byRecord.has(key)) return { reference: byRecord.get(key) }
      if (inputHash !== null && byInput.has(inputHash)) return { reference: byInput.get(inputHash) }
      return { outcome: missing('no_reference', 'the references have neither this input nor this record') }
    },
  }
}

function readLine(json: string, where: string): z.infer<typeof line> {
  try {
    return line.parse(JSON.parse(json))
  } catch (cause) {
    const what =
      cause instanceof z.ZodError
        ? cause.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; ')
        : String(cause)
    throw new TidemarkError(
      'config_invalid',
      `${where} is no reference: ${what}.`,
      'Write {"inputHash": "…", "reference": …} or {"id": "…", "reference": …} on each line.',
      { cause },
    )
  }
}
