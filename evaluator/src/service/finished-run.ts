import { join } from 'node:path'
import type { AgentSettings } from '../config.ts'
import { recordOf } from '../domain/asked-ids.ts'
import { TidemarkError } from '../domain/errors.ts'
import { askedCall } from '../harness/asked-call.ts'
import { readExamples, type Example } from '../harness/example.ts'
import { readJournal, type RunHead } from '../harness/journal.ts'
import { scoreRun, type ScoredResult } from '../harness/score-run.ts'
import { redactValue } from '../ingest/redact.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import type { SentinelInput } from '../store/sentinel-inputs.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import type { AskedInput } from '../verdict/harness-baseline.ts'
import { readText, RUN_FILES } from './run-harness.ts'

export type FinishedRun = Awaited<ReturnType<typeof readFinishedRun>>

/** The real examples of a harness run that is complete, scored. @throws {TidemarkError} `run_invalid`, `examples_invalid` */
export async function readFinishedRun(agent: string, folder: string, scorers: AgentScorers) {
  const { head, results: all } = readJournal(folder)
  if (head === null) throw invalid(`${folder} holds no harness run.`)
  if (head.agent !== agent) throw invalid(`The run in ${folder} is of agent ${head.agent}, not of ${agent}.`)
  const set = readExamples(readText(join(folder, RUN_FILES.real)), join(folder, RUN_FILES.real))
  if (set.hash !== head.real)
    throw invalid(`${join(folder, RUN_FILES.real)} is not the file that the run was asked with.`)
  const real = all.filter(({ set: name }) => name === 'real')
  const expected = set.examples.length * head.runs
  if (real.length < expected)
    throw invalid(`The run in ${folder} is not complete: ${real.length} of ${expected} calls.`)
  const results = await scoreRun(
    agent,
    real,
    { real: set.examples },
    { scorers: scorers.scorers, signal: new AbortController().signal },
  )
  return {
    head: head satisfies RunHead,
    examples: set.examples,
    results,
    inputs: inputsOf(agent, set.examples, results),
  }
}

function inputsOf(agent: string, examples: readonly Example[], results: readonly ScoredResult[]): AskedInput[] {
  const byExample = Map.groupBy(results, ({ example }) => example.id)
  return examples.map((example) => ({
    id: example.id,
    inputHash: example.inputHash,
    runs: (byExample.get(example.id) ?? [])
      .toSorted((a, b) => a.result.run - b.result.run)
      .map(({ result, scores }) => ({
        at: result.at,
        failure: result.outcome.kind === 'answer' ? null : result.outcome.kind,
        call: askedCall(agent, example, result),
        scores: new Map(
          scores
            .filter(({ value, missing }) => value !== null || missing !== null)
            .map(({ name, value }) => [name, value]),
        ),
      })),
  }))
}

/**
 * The texts that may be kept. One that the policy would change is left out: a replay of the changed text would be another
 * input than the one whose runs are frozen.
 */
export function keptInputs(
  { examples, inputs: asked }: { readonly examples: readonly Example[]; readonly inputs: readonly AskedInput[] },
  { sentinels = [] }: Pick<BaselineDocument, 'sentinels'>,
  { content: { accept } }: AgentSettings,
): { readonly inputs: readonly SentinelInput[]; readonly warnings: readonly string[] } {
  const byId = new Map(examples.map((example) => [example.id, example]))
  const recordsOf = new Map(asked.map(({ id, runs }) => [id, runs.map(({ call }) => recordOf(call.call))]))
  const inputs = sentinels.flatMap(({ id }): SentinelInput[] => {
    const example = byId.get(id)
    if (example === undefined || accept === 'none') return []
    const { input, reference } = example
    if (accept === 'redacted' && (redactValue(input) !== input || redactValue(reference) !== reference)) return []
    const [traceId, spanId] = id.split('/')
    return [
      {
        id,
        segment: example.segment,
        promptName: example.promptName,
        traceId: spanId === undefined ? null : (traceId ?? null),
        conversationId: example.conversationId,
        userHash: example.userHash,
        input: JSON.stringify(example.input),
        reference: example.reference === undefined ? null : JSON.stringify(example.reference),
        records: recordsOf.get(id) ?? [],
        forgottenAt: null,
      },
    ]
  })
  const lost = sentinels.length - inputs.length
  if (lost === 0) return { inputs, warnings: [] }
  const why =
    accept === 'none' ? 'the agent keeps no texts (content.accept: none)' : 'the content policy would change them'
  return {
    inputs,
    warnings: [
      `${lost} of ${sentinels.length} frozen inputs are kept without their text, since ${why}: they cannot be replayed.`,
    ],
  }
}

function invalid(message: string): TidemarkError {
  return new TidemarkError(
    'run_invalid',
    message,
    'Give the --out folder of a finished "tidemark harness"; the same command finishes it.',
  )
}
