import { randomUUID } from 'node:crypto'
import { mkdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const BEAT_MILLISECONDS = 5_000
/** A holder on another host that has not touched its lock for so long is taken for dead. */
const STALE_MILLISECONDS = 60_000

/**
 * Runs `work` while holding the lock directory `path`. Waits for another holder; takes over a lock whose process is
 * gone (same host) or silent for a minute (another host, on a shared home folder).
 */
export async function withBuildLock<T>(
  path: string,
  onWait: (holder: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  const token = randomUUID()
  await acquire(path, token, onWait)
  const beat = setInterval(() => void utimes(path, new Date(), new Date()).catch(() => undefined), BEAT_MILLISECONDS)
  try {
    return await work()
  } finally {
    clearInterval(beat)
    if ((await holderOf(path))?.token === token) await rm(path, { recursive: true, force: true })
  }
}

interface Holder {
  token: string
  host: string
  pid: number
}

async function acquire(path: string, token: string, onWait: (holder: string) => void): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  let announced = false
  for (;;) {
    if (await tryLock(path, token)) return
    const holder = await holderOf(path)
    if (await isStale(path, holder)) {
      await breakLock(path, holder, token)
      continue
    }
    if (!announced) onWait(holder === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`)
    announced = true
    await wait(500)
  }
}

/** The directory appears with its owner inside: it is made aside and renamed, and a rename onto a full directory fails. */
async function tryLock(path: string, token: string): Promise<boolean> {
  const aside = `${path}.${token}`
  const holder: Holder = { token, host: hostname(), pid: process.pid }
  await mkdir(aside)
  await writeFile(join(aside, 'holder.json'), JSON.stringify(holder))
  try {
    await rename(aside, path)
    return true
  } catch (error) {
    await rm(aside, { recursive: true, force: true })
    if (error instanceof Error && 'code' in error && (error.code === 'ENOTEMPTY' || error.code === 'EEXIST'))
      return false
    throw error
  }
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    const parsed: unknown = JSON.parse(await readFile(join(path, 'holder.json'), 'utf8'))
    return isHolder(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isHolder(value: unknown): value is Holder {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'host' in value &&
    typeof value.host === 'string' &&
    'pid' in value &&
    typeof value.pid === 'number'
  )
}

async function isStale(path: string, holder: Holder | undefined): Promise<boolean> {
  if (holder?.host === hostname()) return !isAlive(holder.pid)
  const age = await stat(path).then(
    ({ mtimeMs }) => Date.now() - mtimeMs,
    () => 0,
  )
  return age > STALE_MILLISECONDS
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** Moves the stale lock away; when another process was quicker and this one moved a living lock, it is put back. */
async function breakLock(path: string, stale: Holder | undefined, token: string): Promise<void> {
  const aside = `${path}.stale-${token}`
  const moved = await rename(path, aside).then(
    () => true,
    () => false,
  )
  if (!moved) return
  const found = await holderOf(aside)
  if (found?.token !== stale?.token) await rename(aside, path).catch(() => undefined)
  await rm(aside, { recursive: true, force: true })
}
