import { z } from 'zod'
import { readAnyLines, readLines } from './pools/json-lines.ts'

/** A recorded answer as the harness's target gives it, and what its grader says of it. */
export type RecordedExample = {
  readonly id: string
  readonly input: string
  readonly segment: string
  readonly outputs: readonly string[]
  readonly isCorrect: readonly boolean[]
  readonly latencySeconds: number
}

const call = z.object({
  bfcl_name: z.string(),
  recorded_on: z.string(),
  case_id: z.string(),
  category: z.string(),
  input: z.object({ messages: z.array(z.object({ content: z.string() })) }),
  output: z.string(),
  latency_s: z.number().nullable(),
  correct: z.boolean(),
})

/** The same model that sorted the tickets: prompted to write calls, on its later date. */
export const FUNCTION_CALL_RUN = { name: 'claude-3-haiku-20240307', on: '2024-08-11' } as const

/** Function calls of one run; the category of the question is the segment, the official verdict the grade. */
export function recordedFunctionCalls(folder: string): RecordedExample[] {
  return readLines(folder, 'calls-anthropic.jsonl', call)
    .filter(
      ({ bfcl_name, recorded_on }) => bfcl_name === FUNCTION_CALL_RUN.name && recorded_on === FUNCTION_CALL_RUN.on,
    )
    .map((one) => ({
      id: one.case_id,
      input: `${one.case_id}: ${one.input.messages.map(({ content }) => content).join('\n')}`,
      segment: one.category,
      outputs: [one.output],
      isCorrect: [one.correct],
      latencySeconds: one.latency_s ?? 0,
    }))
}

const ticket = z.object({
  case_id: z.string(),
  prompt_variant: z.string(),
  temperature: z.number(),
  input: z.object({ messages: z.array(z.object({ content: z.string() })) }),
  output: z.string().nullable(),
  correct: z.boolean(),
})

/** The curated tickets under one prompt; temperatures stand for repeated runs. */
export function recordedTickets(folder: string, prompt: string): RecordedExample[] {
  const calls = readAnyLines(folder, 'calls.jsonl', ticket).filter(({ prompt_variant }) => prompt_variant === prompt)
  return [...Map.groupBy(calls, ({ case_id }) => case_id)].map(([id, runs]) => {
    const ordered = runs.toSorted((a, b) => a.temperature - b.temperature)
    return {
      id,
      input: ordered[0]?.input.messages.map(({ content }) => content).join('\n') ?? '',
      segment: 'tickets',
      outputs: ordered.map(({ output }) => output ?? ''),
      isCorrect: ordered.map(({ correct }) => correct),
      latencySeconds: 0,
    }
  })
}
