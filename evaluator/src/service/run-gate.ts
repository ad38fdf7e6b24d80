import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TidemarkError } from '../domain/errors.ts'
import type { Ended, Limits } from '../harness/ask-all.ts'
import { readExamples, type Example, type ExampleSet } from '../harness/example.ts'
import { compareForGate, type GateSettings } from '../harness/gate-comparison.ts'
import type { GateReport } from '../harness/gate-report-text.ts'
import { gatedInputs, readGateSide, requireSameInputs, type GateSide } from '../harness/gate-side.ts'
import { runQuestions, type Progress } from '../harness/run-questions.ts'
import { scoreRun } from '../harness/score-run.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { currentBaseline } from '../store/baselines.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { sentinelInputsOf } from '../store/sentinel-inputs.ts'
import { readText, RUN_FILES } from './run-harness.ts'

export { gateJunit, gateMarkdown, gateSentence, type GateReport } from '../harness/gate-report-text.ts'

/** One version: something to ask now, or what it has answered already. */
export type GateSource =
  | { readonly kind: 'target'; readonly target: string }
  | { readonly kind: 'answers'; readonly path: string }

export type GateRequest = {
  readonly agent: string
  readonly baseline: GateSource
  readonly candidate: GateSource
  /** File of the inputs that targets are asked; null: the frozen inputs of the baseline in force. */
  readonly examples: string | null
  /** Journals and report; a gate that was interrupted goes on in it. */
  readonly folder: string
  readonly runs: number
  readonly limits: Limits
  readonly settings: GateSettings
}

const REPORT = 'gate.json'
type Around = { readonly now: () => number; readonly stop: AbortSignal; readonly tell: (progress: Progress) => void }

/**
 * Compares a candidate with the version in force on the same inputs, by the scorers that score production.
 * @throws {TidemarkError} `examples_invalid`, `run_invalid`, `target_invalid`
 */
export async function runGate(
  db: StoreDatabase,
  scorers: AgentScorers,
  request: GateRequest,
  around: Around,
): Promise<GateReport> {
  const report = join(request.folder, REPORT)
  if (existsSync(report))
    throw new TidemarkError(
      'run_invalid',
      `${request.folder} holds a gate that is done; its answers are of that day.`,
      'Give another --out folder: both versions have to be asked afresh.',
    )
  const isAsking = request.baseline.kind === 'target' || request.candidate.kind === 'target'
  const examples = isAsking ? await examplesOf(db, request) : null
  // one after the other: asked at once, the two would slow each other down
  const baseline = await sideOf('baseline', request, examples, around)
  const left = request.limits.maxSpendUsd - (request.baseline.kind === 'target' ? spentBy(baseline) : 0)
  if (request.candidate.kind === 'target' && left <= 0) throw notAsked('candidate', 'spend_reached', request.folder)
  const candidate = await sideOf('candidate', withLimit(request, left), examples, around)
  requireSameInputs(baseline.examples, candidate.examples)
  const scored = async ({ examples: real, results }: GateSide) =>
    gatedInputs(
      await scoreRun(
        request.agent,
        results,
        { real },
        { scorers: scorers.scorers, signal: new AbortController().signal },
      ),
    )
  const comparison = compareForGate(await scored(baseline), await scored(candidate), scorers.scorers, request.settings)
  const result = {
    agent: request.agent,
    baseline: nameOf(request.baseline),
    candidate: nameOf(request.candidate),
    ...comparison,
  }
  mkdirSync(request.folder, { recursive: true, mode: 0o700 })
  writeFileSync(report, `${JSON.stringify(result, null, 2)}\n`, { mode: 0o600 })
  return result
}

async function sideOf(
  name: 'baseline' | 'candidate',
  request: GateRequest,
  asked: AskedExamples | null,
  around: Around,
): Promise<GateSide> {
  const source = request[name]
  if (source.kind === 'answers' || asked === null) return readGateSide(source.kind === 'answers' ? source.path : '')
  const folder = join(request.folder, name)
  const { journal, ended } = await runQuestions(
    {
      agent: request.agent,
      target: source.target,
      folder,
      real: asked.set,
      demo: null,
      runs: request.runs,
      limits: request.limits,
    },
    around,
  )
  writeFileSync(join(folder, RUN_FILES.real), asked.text, { mode: 0o600 })
  if (ended !== 'complete') throw notAsked(name, ended, request.folder)
  return { examples: asked.set.examples, results: journal.results }
}

const ENDINGS: Readonly<Record<Exclude<Ended, 'complete'>, string>> = {
  stopped: 'the gate was stopped',
  spend_reached: 'the next call could go above --max-spend, which is for both versions together',
  spend_unknown: 'the target does not tell costUsd, so that --max-spend cannot be kept',
}

function notAsked(name: 'baseline' | 'candidate', ended: Exclude<Ended, 'complete'>, folder: string): TidemarkError {
  return new TidemarkError(
    'run_invalid',
    `The ${name} was not asked everything: ${ENDINGS[ended]}.`,
    ended === 'stopped'
      ? `The same command with --out ${folder} goes on.`
      : `The same command with --out ${folder} and ${ended === 'spend_reached' ? 'a higher' : 'no'} --max-spend goes on.`,
  )
}

/** The limit is of both versions together. */
function withLimit(request: GateRequest, maxSpendUsd: number): GateRequest {
  return { ...request, limits: { ...request.limits, maxSpendUsd } }
}

function spentBy({ results }: GateSide): number {
  return results.reduce((sum, { outcome }) => sum + (outcome.kind === 'answer' ? (outcome.answer.costUsd ?? 0) : 0), 0)
}

type AskedExamples = { readonly set: ExampleSet; readonly text: string }

async function examplesOf(db: StoreDatabase, { agent, examples }: GateRequest): Promise<AskedExamples> {
  if (examples !== null) {
    const text = readText(examples)
    return { set: readExamples(text, examples), text }
  }
  const baseline = await currentBaseline(db, agent)
  const frozen = baseline === null ? [] : await sentinelInputsOf(db, baseline.id)
  const lines = frozen.flatMap(({ id, input, reference, segment, promptName }) =>
    input === null
      ? []
      : [
          JSON.stringify({
            id,
            input: JSON.parse(input) as Example['input'],
            ...(reference == null ? {} : { reference: JSON.parse(reference) as Example['reference'] }),
            segment,
            promptName,
          }),
        ],
  )
  if (lines.length === 0)
    throw new TidemarkError(
      'examples_invalid',
      `Agent ${agent} has no frozen inputs.`,
      'Give --examples with a file of JSON lines, such as "tidemark sample" writes.',
    )
  const text = `${lines.join('\n')}\n`
  return {
    set: { ...readExamples(text, 'the frozen inputs'), hash: createHash('sha256').update(text).digest('hex') },
    text,
  }
}

function nameOf(source: GateSource): string {
  return source.kind === 'target' ? source.target : source.path
}
