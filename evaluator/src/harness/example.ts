import { createHash } from 'node:crypto'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'

const word = z.string().min(1).max(256)

/** One line of a file of examples; only `input` must be there. */
const line = z.looseObject({
  id: word.optional(),
  input: z.json(),
  /** The right answer, for scores that compare with one. */
  reference: z.json().optional(),
  segment: word.nullish(),
  promptName: word.nullish(),
  operation: word.nullish(),
  inputHash: word.nullish(),
  conversationId: word.nullish(),
  userHash: word.nullish(),
  /** How often this input was seen; duplicates are asked once. */
  count: z.number().int().positive().optional(),
  /** With which it was drawn. */
  probability: z.number().gt(0).max(1).optional(),
})

export type Example = {
  readonly id: string
  readonly input: unknown
  readonly reference?: unknown
  readonly segment: string | null
  readonly promptName: string | null
  readonly operation: string | null
  readonly inputHash: string | null
  readonly conversationId: string | null
  readonly userHash: string | null
  readonly count: number
  readonly probability: number
}

export type ExampleSet = {
  readonly examples: readonly Example[]
  /** SHA-256 of the file's text. */
  readonly hash: string
}

/** @param name of the file, for messages. @throws {TidemarkError} `examples_invalid`, naming the line */
export function readExamples(text: string, name: string): ExampleSet {
  const examples: Example[] = []
  const ids = new Set<string>()
  for (const [i, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue
    const example = readLine(json, i + 1, name)
    if (ids.has(example.id)) throw invalid(`${name}, line ${i + 1} has the id "${example.id}" again.`)
    ids.add(example.id)
    examples.push(example)
  }
  if (examples.length === 0) throw invalid(`${name} has no example.`)
  return { examples, hash: createHash('sha256').update(text).digest('hex') }
}

function readLine(json: string, number: number, name: string): Example {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw invalid(`${name}, line ${number} is no JSON: ${String(cause)}.`)
  }
  const read = line.safeParse(value)
  if (!read.success)
    throw invalid(
      `${name}, line ${number}: ${read.error.issues.map(({ path, message }) => `${path.join('.') || 'the line'}: ${message}`).join('; ')}.`,
    )
  const { data } = read
  return {
    id: data.id ?? `line-${number}`,
    input: data.input,
    ...(data.reference === undefined ? {} : { reference: data.reference }),
    segment: data.segment ?? null,
    promptName: data.promptName ?? null,
    operation: data.operation ?? null,
    inputHash: data.inputHash ?? null,
    conversationId: data.conversationId ?? null,
    userHash: data.userHash ?? null,
    count: data.count ?? 1,
    probability: data.probability ?? 1,
  }
}

function invalid(message: string): TidemarkError {
  return new TidemarkError(
    'examples_invalid',
    message,
    'Write one JSON object a line, such as {"id": "t-1", "input": "…", "segment": "billing"}, or use "tidemark sample".',
  )
}
