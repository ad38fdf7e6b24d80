import { closeSync, existsSync, fdatasyncSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createHash } from 'node:crypto'
import type { TargetOutcome } from '../target/target.ts'
import { TidemarkError } from '../domain/errors.ts'

export const SETS = ['real', 'demo'] as const
export type SetName = (typeof SETS)[number]

/** What a run is about; another one may not go on in the same folder. */
export type RunHead = {
  readonly type: 'run'
  readonly format: 1
  /** Random; part of every idempotency key. */
  readonly id: string
  readonly agent: string
  readonly target: string
  readonly runs: number
  readonly real: string
  readonly demo: string | null
  /** Epoch milliseconds. */
  readonly at: number
}
export type Intent = { readonly type: 'intent'; readonly key: string; readonly attempt: number; readonly at: number }
export type Result = {
  readonly type: 'result'
  readonly set: SetName
  readonly example: string
  readonly run: number
  readonly key: string
  readonly attempts: number
  readonly at: number
  readonly outcome: TargetOutcome
}
export type JournalLine = RunHead | Intent | Result

export type Journal = {
  readonly head: RunHead | null
  readonly intents: readonly Intent[]
  readonly results: readonly Result[]
}

export function journalPath(folder: string): string {
  return join(folder, 'journal.jsonl')
}

/**
 * Reads what is complete: a line that a crash cut off is left out, and so is what was never received.
 * @throws {TidemarkError} `run_invalid` for a line in the middle that is none
 */
export function readJournal(folder: string): Journal {
  const path = journalPath(folder)
  if (!existsSync(path)) return { head: null, intents: [], results: [] }
  let head: RunHead | null = null
  const intents: Intent[] = []
  const results = new Map<string, Result>()
  for (const line of completeLines(readFileSync(path, 'utf8'))) {
    const entry = parsed(line, path)
    if (entry.type === 'run') head = entry
    else if (entry.type === 'intent') intents.push(entry)
    else results.set(entry.key, entry)
  }
  return { head, intents, results: [...results.values()] }
}

/** Appends lines, each on the disk before the call returns. */
export type JournalWriter = { append(line: JournalLine): void; close(): void }

export function openJournal(folder: string): JournalWriter {
  const path = journalPath(folder)
  const whole = existsSync(path) ? readFileSync(path) : Buffer.alloc(0)
  const file = openSync(path, 'a', 0o600)
  // a line that a crash cut off must not become the beginning of the next one
  ftruncateSync(file, whole.lastIndexOf(10) + 1)
  return {
    append(line) {
      const bytes = Buffer.from(`${JSON.stringify(line)}\n`)
      let written = 0
      while (written < bytes.length) written += writeSync(file, bytes, written)
      fdatasyncSync(file)
    },
    close: () => closeSync(file),
  }
}

/** Identifies a run's content: the hash of its journal's complete lines. */
export function journalHash(folder: string): string {
  const hash = createHash('sha256')
  for (const line of completeLines(readFileSync(journalPath(folder), 'utf8'))) hash.update(`${line}\n`)
  return hash.digest('hex').slice(0, 16)
}

/** One question's key, the same after an interruption. */
export function questionKey(runId: string, set: SetName, example: string, run: number): string {
  return createHash('sha256').update(`${runId}/${set}/${run}/${example}`).digest('hex').slice(0, 32)
}

function completeLines(text: string): string[] {
  return text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line !== '')
}

function parsed(line: string, path: string): JournalLine {
  try {
    const entry: JournalLine = JSON.parse(line)
    return entry
  } catch (cause) {
    throw new TidemarkError('run_invalid', `${path} has a line that is no JSON.`, 'Give another --out folder.', {
      cause,
    })
  }
}
