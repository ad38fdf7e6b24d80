import { VALIDATION_OUTCOMES } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import type { TargetAnswer, TargetOutcome } from './target.ts'

/**
 * What a target may answer: any JSON is the output itself; an object with `output` and none but these keys says more.
 * `output` is a text, the convention's messages, or any JSON.
 */
const envelope = z.strictObject({
  output: z.json(),
  validation: z.enum(VALIDATION_OUTCOMES).optional(),
  model: z.string().max(256).optional(),
  provider: z.string().max(256).optional(),
  promptName: z.string().max(256).optional(),
  promptVersion: z.string().max(256).optional(),
  toolsHash: z.string().max(256).optional(),
  inputTokens: z.number().nonnegative().optional(),
  outputTokens: z.number().nonnegative().optional(),
  attempts: z.number().int().positive().optional(),
  costUsd: z.number().nonnegative().optional(),
  latencySeconds: z.number().nonnegative().optional(),
})

/** Longer answers are refused: they would be kept in the journal, and in memory. */
export const LARGEST_ANSWER_BYTES = 4 * 1024 * 1024

/** The answer in a body of text: JSON, or plain text where it is none. @param latencySeconds as it was measured */
export function answerOfText(text: string, isJson: boolean, latencySeconds: number): TargetOutcome {
  if (!isJson) return answerOfValue(text, latencySeconds)
  try {
    return answerOfValue(JSON.parse(text), latencySeconds)
  } catch {
    return badAnswer(`${JSON.stringify(text.slice(0, 80))} is no JSON`)
  }
}

export function answerOfValue(value: unknown, latencySeconds: number): TargetOutcome {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && 'output' in value) {
    const read = envelope.safeParse(value)
    if (read.success) return answered({ ...read.data, latencySeconds: read.data.latencySeconds ?? latencySeconds })
    if (Object.keys(value).every((key) => key in envelope.shape))
      return badAnswer(read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
  }
  const json = z.json().safeParse(value)
  return json.success ? answered({ output: json.data, latencySeconds }) : badAnswer('the answer is no JSON value')
}

function answered({
  output,
  latencySeconds,
  ...said
}: z.infer<typeof envelope> & { latencySeconds: number }): TargetOutcome {
  const answer: TargetAnswer = {
    output: typeof output === 'string' ? output : JSON.stringify(output),
    latencySeconds,
    validation: said.validation ?? null,
    model: said.model ?? null,
    provider: said.provider ?? null,
    promptName: said.promptName ?? null,
    promptVersion: said.promptVersion ?? null,
    toolsHash: said.toolsHash ?? null,
    inputTokens: said.inputTokens ?? null,
    outputTokens: said.outputTokens ?? null,
    attempts: said.attempts ?? null,
    costUsd: said.costUsd ?? null,
  }
  return { kind: 'answer', answer }
}

export function badAnswer(detail: string): TargetOutcome {
  return { kind: 'bad_answer', detail, isRetryable: false, retryAfterSeconds: null }
}
