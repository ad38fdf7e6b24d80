import type { EvaluatedCall } from './evaluated-call.ts'
import { inputText, outputContent } from './message-text.ts'
import type { RunFacts, ScorableRecord } from './scorer.ts'

/** What is known of a call beside its own span. */
export type CallSurroundings = {
  readonly run: RunFacts | null
  readonly external: ReadonlyMap<string, number | string>
  /** The agent sends the text of a sample of its calls only. */
  readonly isContentSampled: boolean
}

const ALONE: CallSurroundings = { run: null, external: new Map(), isContentSampled: false }

/** A production call as scorers see it. */
export function scorableOf(
  { call, validation }: EvaluatedCall,
  { run, external, isContentSampled }: CallSurroundings = ALONE,
): ScorableRecord {
  return {
    key: `${call.traceId}/${call.spanId}`,
    inputHash: call.inputHash,
    input: call.input === null ? null : inputText(call.input),
    output: call.output === null ? null : outputContent(call.output),
    outputShape: call.outputShape,
    outputCharacters: call.outputCharacters,
    outputTokens: call.outputTokens,
    attempts: call.attempts,
    latencySeconds: call.latencySeconds,
    validation: validation?.outcome ?? null,
    // only a call that carries its text says with which probability it does
    isContentSampledOut: isContentSampled && call.output === null && call.samplingProbability === null,
    run,
    external,
  }
}

/** Whether these calls carry text by a sample: any of them that does says so. */
export function sendsContentSampled(calls: readonly EvaluatedCall[]): boolean {
  return calls.some(({ call }) => call.samplingProbability !== null && call.samplingProbability < 1)
}
