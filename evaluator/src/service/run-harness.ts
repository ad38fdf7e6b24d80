import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { Limits } from '../harness/ask-all.ts'
import { askedCall } from '../harness/asked-call.ts'
import { readExamples, type ExampleSet } from '../harness/example.ts'
import { journalHash } from '../harness/journal.ts'
import { reportHtml } from '../harness/report-html.ts'
import { reportText } from '../harness/report-text.ts'
import { reportOf, type HarnessReport } from '../harness/report.ts'
import { runQuestions, type Progress } from '../harness/run-questions.ts'
import { scoreRun, type ScoredResult } from '../harness/score-run.ts'
import { redactText } from '../ingest/redact.ts'
import { runsPerYear } from '../schedule/cadence.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { stratumOf } from '../verdict/stratum.ts'

export type { HarnessReport } from '../harness/report.ts'
export type { Progress } from '../harness/run-questions.ts'

export type HarnessRequest = {
  readonly agent: string
  readonly target: string
  /** Files of JSON lines. */
  readonly examples: string
  readonly demo: string | null
  readonly folder: string
  readonly runs: number
  readonly limits: Limits
  readonly readyAt: number
}

/** What a run was asked with, kept beside its journal. */
export const RUN_FILES = {
  real: 'real.jsonl',
  demo: 'demo.jsonl',
  report: 'report.json',
  text: 'report.md',
  page: 'report.html',
} as const

/**
 * Asks, scores and reports. The folder then holds the journal, copies of the examples and the report in three forms.
 * @throws {TidemarkError} `examples_invalid`, `run_invalid`, `target_invalid`
 */
export async function runHarness(
  settings: AgentSettings,
  scorers: AgentScorers,
  request: HarnessRequest,
  around: { readonly now: () => number; readonly stop: AbortSignal; readonly tell: (progress: Progress) => void },
): Promise<HarnessReport> {
  const [realText, demoText] = [readText(request.examples), request.demo === null ? null : readText(request.demo)]
  const real = readExamples(realText, request.examples)
  const demo = demoText === null ? null : readExamples(demoText, request.demo ?? '')
  const { head, journal, ended } = await runQuestions({ ...request, real, demo }, around)
  keep(request.folder, RUN_FILES.real, realText)
  if (demoText !== null) keep(request.folder, RUN_FILES.demo, demoText)
  const results = await scoreRun(request.agent, journal.results, setsOf(real, demo), {
    scorers: scorers.scorers,
    signal: new AbortController().signal,
  })
  const { accept } = settings.content
  const report = reportOf(results, {
    agent: request.agent,
    run: journalHash(request.folder),
    target: head.target,
    startedAt: head.at,
    ended,
    runs: request.runs,
    of: (real.examples.length + (demo?.examples.length ?? 0)) * request.runs,
    definitions: scorers.scorers,
    runsPerYear: runsPerYear(settings.schedule.cadence),
    falsePagesPerYear: settings.paging.falsePagesPerYear,
    readyAt: request.readyAt,
    segmentOf: segmentNames(request.agent, settings, results),
    shown: (text) => (accept === 'none' ? null : accept === 'all' ? text : redactText(text)),
  })
  keep(request.folder, RUN_FILES.report, `${JSON.stringify(report, null, 2)}\n`)
  keep(request.folder, RUN_FILES.text, reportText(report))
  keep(request.folder, RUN_FILES.page, await reportHtml(report))
  return report
}

export { reportText } from '../harness/report-text.ts'

export function setsOf(real: ExampleSet, demo: ExampleSet | null) {
  return { real: real.examples, demo: demo?.examples ?? [] }
}

export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new TidemarkError(
      'examples_invalid',
      `Cannot read ${file}.`,
      'Give a file of JSON lines, such as "tidemark sample" writes.',
      { cause },
    )
  }
}

/** The examples' own segments where they have any, else the strata of production. */
function segmentNames(
  agent: string,
  settings: AgentSettings,
  results: readonly ScoredResult[],
): (one: ScoredResult) => string {
  if (results.some(({ example }) => example.segment !== null)) return ({ example }) => example.segment ?? 'none'
  return ({ example, result }) => stratumOf(askedCall(agent, example, result), settings.segments)
}

function keep(folder: string, name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o600 })
}
