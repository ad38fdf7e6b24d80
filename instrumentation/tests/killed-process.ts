import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'

const PROCESS = fileURLToPath(new URL('escalating-process.ts', import.meta.url))

/** A moment of a process's life, drawn: so many lines printed, and so many milliseconds later. */
export interface Moment {
  readonly lines: number
  readonly milliseconds: number
}

/** Whole numbers below a limit, the same in every run (Lehmer's generator). */
export function drawn(seed: number): (below: number) => number {
  let state = seed
  return (below) => (state = (state * 48_271) % 2_147_483_647) % below
}

/** Runs the escalating process until the moment, kills it with SIGKILL, and returns all ids it had printed. */
export async function runAndKill(args: readonly string[], { lines, milliseconds }: Moment): Promise<readonly string[]> {
  const child: ChildProcess = spawn(process.execPath, [PROCESS, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  let isDoomed = false
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    printed += text
    if (isDoomed || printed.split('\n').length <= lines) return
    isDoomed = true
    setTimeout(() => child.kill('SIGKILL'), milliseconds)
  })
  const [, signal] = await once(child, 'close')
  expect(signal).toBe('SIGKILL')
  // a line that was cut by the kill is an escalation the process had not yet been told of
  return printed.split('\n').slice(0, -1)
}
