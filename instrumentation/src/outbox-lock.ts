import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fieldOf } from './untyped.ts'

/** A lock of another host whose owner has not shown itself for so long is taken as dead, milliseconds. */
const SILENCE_MILLISECONDS = 5 * 60_000

/**
 * A lock says which process writes a file. A wrong guess about its owner costs a duplicate delivery, never a record:
 * owners notice when their file was taken (see the segment), and the queue knows an escalation by its id.
 */
export function writeLock(path: string): void {
  writeFileSync(path, JSON.stringify({ host: hostname(), pid: process.pid, started: startOf(process.pid) }), {
    mode: 0o600,
  })
}

/** Shows processes on other hosts that this one lives; false when the lock is gone, and with it the file. */
export function touchLock(path: string, nowMilliseconds: number): boolean {
  try {
    utimesSync(path, nowMilliseconds / 1000, nowMilliseconds / 1000)
    return true
  } catch (error) {
    if (fieldOf(error, 'code') === 'ENOENT') return false
    throw error
  }
}

export function removeLock(path: string): void {
  rmSync(path, { force: true })
}

/** True when the file may be adopted: no lock, an owner on this host that has ended, or a silent one elsewhere. */
export function isAbandoned(path: string, nowMilliseconds: number): boolean {
  let owner: unknown
  let writtenAt: number
  try {
    writtenAt = statSync(path).mtimeMs
    owner = JSON.parse(readFileSync(path, 'utf8'))
  } catch (error) {
    // a lock that is being written is empty for a moment
    return fieldOf(error, 'code') === 'ENOENT' || isSilent(path, nowMilliseconds)
  }
  if (fieldOf(owner, 'host') !== hostname()) return nowMilliseconds - writtenAt > SILENCE_MILLISECONDS
  const pid = fieldOf(owner, 'pid')
  return typeof pid !== 'number' || !isRunning(pid) || fieldOf(owner, 'started') !== startOf(pid)
}

function isSilent(path: string, nowMilliseconds: number): boolean {
  try {
    return nowMilliseconds - statSync(path).mtimeMs > SILENCE_MILLISECONDS
  } catch {
    return true
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return fieldOf(error, 'code') === 'EPERM'
  }
}

/** Start time of a process as the kernel counts it, so that a reused id is told apart; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // the name of the program may hold spaces and parentheses: count behind its last one
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
