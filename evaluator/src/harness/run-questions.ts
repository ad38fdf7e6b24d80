import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ERROR_CODES, TidemarkError } from '../domain/errors.ts'
import type { Ended, Limits } from './ask-all.ts'
import type { Assignment, Instruction, Report } from './asker-process.ts'
import type { ExampleSet } from './example.ts'
import { readJournal, type Journal, type RunHead } from './journal.ts'
import { waitForHolder } from './run-lock.ts'

export type RunRequest = {
  readonly agent: string
  readonly target: string
  readonly folder: string
  readonly real: ExampleSet
  readonly demo: ExampleSet | null
  readonly runs: number
  readonly limits: Limits
}
export type Progress = { readonly done: number; readonly of: number; readonly spentUsd: number }
export type AskedRun = { readonly head: RunHead; readonly journal: Journal; readonly ended: Ended }

/**
 * Asks a run's questions in a process that survives this one, and goes on with a run that was interrupted.
 * @param stop the run ends after the questions under way
 * @throws {TidemarkError} `run_invalid`, `target_invalid`
 */
export async function runQuestions(
  request: RunRequest,
  { now, stop, tell }: { now: () => number; stop: AbortSignal; tell: (progress: Progress) => void },
): Promise<AskedRun> {
  const { folder, limits } = request
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  await waitForHolder(folder, limits.timeoutMilliseconds * limits.attempts + 60_000)
  const head = headOf(request, readJournal(folder).head, now())
  const of = (request.real.examples.length + (request.demo?.examples.length ?? 0)) * request.runs
  const ended = await inProcess(request, head, stop, (done, spentUsd) => tell({ done, of, spentUsd }))
  return { head, journal: readJournal(folder), ended }
}

function headOf(request: RunRequest, known: RunHead | null, now: number): RunHead {
  const head = {
    type: 'run',
    format: 1,
    agent: request.agent,
    target: request.target,
    runs: request.runs,
    real: request.real.hash,
    demo: request.demo?.hash ?? null,
  } as const
  if (known === null) return { ...head, id: randomUUID(), at: now }
  for (const name of ['agent', 'target', 'runs', 'real', 'demo'] as const)
    if (known[name] !== head[name])
      throw new TidemarkError(
        'run_invalid',
        `The run in ${request.folder} has other ${NAMES[name]}: ${String(known[name])} instead of ${String(head[name])}.`,
        'Go on with the arguments that it was started with, or give another --out folder.',
      )
  return known
}

const NAMES = { agent: 'agent', target: 'target', runs: 'runs', real: 'examples', demo: 'demo examples' } as const
const PROCESS = fileURLToPath(
  new URL(`./asker-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

async function inProcess(
  { folder, real, demo, limits }: RunRequest,
  head: RunHead,
  stop: AbortSignal,
  tell: (done: number, spentUsd: number) => void,
): Promise<Ended> {
  const log = openSync(join(folder, 'target.log'), 'a', 0o600)
  const child = fork(PROCESS, [], { detached: true, serialization: 'json', stdio: ['ignore', log, log, 'ipc'] })
  const say = (instruction: Instruction): void => {
    if (child.connected) child.send(instruction, () => undefined)
  }
  const onStop = (): void => say({ type: 'stop' })
  stop.addEventListener('abort', onStop, { once: true })
  try {
    return await new Promise<Ended>((resolve, reject) => {
      child.on('message', (report: Report) => {
        if (report.type === 'progress') tell(report.done, report.spentUsd)
        else if (report.type === 'ended') resolve(report.how)
        else reject(toldError(report))
      })
      child.once('exit', (code, killed) =>
        reject(
          new TidemarkError(
            'run_invalid',
            `The process that asks ended with ${code ?? killed}.`,
            `Look into ${folder}/target.log, and start again: what was received stays.`,
          ),
        ),
      )
      const sets = [
        { set: 'real' as const, examples: real.examples },
        ...(demo === null ? [] : [{ set: 'demo' as const, examples: demo.examples }]),
      ]
      const maxSpendUsd = limits.maxSpendUsd === Infinity ? null : limits.maxSpendUsd
      say({ type: 'ask', folder, head, sets, limits: { ...limits, maxSpendUsd } } satisfies Assignment)
      if (stop.aborted) onStop()
    })
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

function toldError({ code, message, next }: Extract<Report, { type: 'failed' }>): TidemarkError {
  return new TidemarkError(ERROR_CODES.find((known) => known === code) ?? 'internal', message, next)
}
