import { join } from 'node:path'
import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { BaselineSummary } from '../domain/verdict.ts'
import { askedCall } from '../harness/asked-call.ts'
import { readExamples, type Example } from '../harness/example.ts'
import { journalHash, readJournal, type RunHead } from '../harness/journal.ts'
import { scoreRun, type ScoredResult } from '../harness/score-run.ts'
import { redactValue } from '../ingest/redact.ts'
import { runsPerYear } from '../schedule/cadence.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { currentBaseline } from '../store/baselines.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { SentinelInput } from '../store/sentinel-inputs.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import { freezeHarness, type AskedInput } from '../verdict/harness-baseline.ts'
import { judgeNames } from '../verdict/judge-changes.ts'
import { DAY, requireNoneInForce, storeBaseline } from './store-baseline.ts'
import { freezeJudges } from './judge-anchors.ts'
import { replayBudget } from './replay-budget.ts'
import { readText, RUN_FILES } from './run-harness.ts'
import type { Webhooks } from './webhooks.ts'

export type FreezeHarnessRequest = {
  readonly agent: string
  readonly folder: string
  readonly replace?: boolean
  readonly by?: string | null
}

/**
 * Freezes a harness run into the next baseline version: its real examples, each with all its runs, and their texts where
 * the agent's content policy keeps them.
 * @throws {TidemarkError} `run_invalid`, `examples_invalid`, `baseline_too_small`, `baseline_exists`
 */
export async function freezeHarnessRun(
  db: StoreDatabase,
  settings: AgentSettings,
  scorers: AgentScorers,
  { agent, folder, replace, by = null }: FreezeHarnessRequest,
  now: number,
  webhooks: Pick<Webhooks, 'tell'>,
): Promise<BaselineSummary> {
  const { head, inputs, examples, results } = await readRun(agent, folder, scorers)
  const inForce = await currentBaseline(db, agent)
  requireNoneInForce(agent, inForce, replace ?? false)
  const times = results.map(({ result }) => result.at)
  const version = (inForce?.version ?? 0) + 1
  const run = journalHash(folder)
  const frozen = freezeHarness(
    inputs,
    {
      agent,
      version,
      createdAt: now,
      expiresAt: now + settings.baseline.expiryDays * DAY,
      window: { from: head.at, to: Math.min(now, Math.max(...times)) },
      segments: settings.segments,
      runsPerYear: runsPerYear(settings.schedule.cadence),
      falsePagesPerYear: settings.paging.falsePagesPerYear,
      ticketsPerYear: settings.paging.ticketsPerYear,
      escalationLimits: settings.paging.escalationLimits,
    },
    { run, definitions: scorers.scorers },
  )
  const firsts = inputs.flatMap(({ runs: [first] }) =>
    first === undefined || first.failure !== null ? [] : [{ ...first.call, scores: first.scores }],
  )
  const judged = await freezeJudges(scorers, firsts, `${agent}/${version}/${run}`)
  const kept = keptInputs(examples, frozen, settings)
  const replay = replayBudget(frozen, { kept: kept.inputs.length, target: settings.target })
  const document: BaselineDocument = {
    ...frozen,
    sentinelShare: replay.sentinelShare,
    ...(judged.anchors === null ? {} : { anchors: judged.anchors }),
    ...(scorers.judges.size === 0 ? {} : { judges: judgeNames(scorers.judges) }),
    warnings: [...frozen.warnings, ...judged.warnings, ...kept.warnings, ...replay.warnings],
  }
  return await storeBaseline(db, document, { inForce, anchors: judged.texts, inputs: kept.inputs, now, by, webhooks })
}

async function readRun(agent: string, folder: string, scorers: AgentScorers) {
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
function keptInputs(
  examples: readonly Example[],
  { sentinels = [] }: BaselineDocument,
  { content: { accept } }: AgentSettings,
): { readonly inputs: readonly SentinelInput[]; readonly warnings: readonly string[] } {
  const byId = new Map(examples.map((example) => [example.id, example]))
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
