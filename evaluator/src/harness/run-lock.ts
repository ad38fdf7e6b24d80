import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { TidemarkError } from '../domain/errors.ts'

function lockPath(folder: string): string {
  return join(folder, 'asking.pid')
}

/** Says that this process asks; returns what gives the folder free. @throws {TidemarkError} `run_invalid` when another does */
export function holdRun(folder: string): () => void {
  const path = lockPath(folder)
  if (holderOf(folder) !== null) throw busy(folder)
  rmSync(path, { force: true })
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' })
  } catch {
    throw busy(folder)
  }
  return () => rmSync(path, { force: true })
}

/** The live process that asks for this folder, or null. */
export function holderOf(folder: string): number | null {
  try {
    const pid = Number(readFileSync(lockPath(folder), 'utf8'))
    process.kill(pid, 0)
    return pid
  } catch {
    return null
  }
}

/**
 * Waits for the process of an interrupted run to write down what was under way.
 * @throws {TidemarkError} `run_invalid` when it is still there after the longest wait
 */
export async function waitForHolder(folder: string, longestMilliseconds: number): Promise<void> {
  const until = performance.now() + longestMilliseconds
  while (holderOf(folder) !== null) {
    if (performance.now() > until) throw busy(folder)
    await wait(50)
  }
}

function busy(folder: string): TidemarkError {
  return new TidemarkError(
    'run_invalid',
    `The run in ${folder} is being asked by process ${holderOf(folder) ?? 'that just ended'}.`,
    'Wait for it to end, or give another --out folder.',
  )
}
