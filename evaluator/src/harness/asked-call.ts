import { askedIds } from '../domain/asked-ids.ts'
import type { CallRecord } from '../domain/records.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { withOutputForm } from '../scoring/output-form.ts'
import { scorableOf } from '../scoring/scorable-record.ts'
import type { ScorableRecord } from '../scoring/scorer.ts'
import type { TargetAnswer, TargetOutcome } from '../target/target.ts'
import type { Example } from './example.ts'
import type { Result } from './journal.ts'

/** One answer as the record that production would have had of it. Ids are made from the question's key. */
export function askedCall(
  agent: string,
  example: Example,
  result: { readonly key: string; readonly at: number; readonly outcome: TargetOutcome },
): EvaluatedCall {
  const answer = result.outcome.kind === 'answer' ? result.outcome.answer : null
  const ids = askedIds(result.key)
  const call: CallRecord = {
    ...ids,
    parentSpanId: null,
    agent,
    startedAt: Math.round(result.at - (answer?.latencySeconds ?? 0) * 1000),
    latencySeconds: answer?.latencySeconds ?? 0,
    errorType: answer === null ? result.outcome.kind : null,
    operation: example.operation ?? 'chat',
    ...saidOf(answer),
    requestModel: null,
    responseId: null,
    systemFingerprint: null,
    finishReason: null,
    promptName: answer?.promptName ?? example.promptName,
    promptHash: null,
    dataVersion: null,
    inputHash: example.inputHash,
    segment: example.segment,
    conversationId: example.conversationId,
    userHash: example.userHash,
    variant: 'control',
    origin: 'harness',
    outputShape: null,
    outputCharacters: null,
    samplingProbability: null,
    input: textOf(example.input),
    output: answer?.output ?? null,
  }
  const validation =
    answer?.validation === null || answer === null
      ? null
      : {
          ...ids,
          parentSpanId: ids.spanId,
          agent,
          at: result.at,
          responseId: null,
          outcome: answer.validation,
          schemaName: null,
          schemaHash: null,
          issues: [],
        }
  return { call: withOutputForm(call), validation }
}

/** The same as scorers see it: by the one function for production calls, with the example's own reference. */
export function askedRecord(agent: string, example: Example, result: Result): ScorableRecord {
  return {
    ...scorableOf(askedCall(agent, example, result)),
    example: example.id,
    ...(example.reference === undefined ? {} : { reference: example.reference }),
  }
}

function saidOf(answer: TargetAnswer | null) {
  return {
    provider: answer?.provider ?? null,
    responseModel: answer?.model ?? null,
    promptVersion: answer?.promptVersion ?? null,
    toolsHash: answer?.toolsHash ?? null,
    inputTokens: answer?.inputTokens ?? null,
    outputTokens: answer?.outputTokens ?? null,
    attempts: answer?.attempts ?? null,
  }
}

/** An input as text: itself, or its JSON. */
export function textOf(input: unknown): string {
  return typeof input === 'string' ? input : JSON.stringify(input)
}
