import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { EscalationRecord } from './escalation.ts'
import { removeLock, touchLock, writeLock } from './outbox-lock.ts'
import { fieldOf, parsedJson, textOf } from './untyped.ts'

/** A file in which everything is delivered starts anew from here, bytes. */
const ROTATION_BYTES = 64 * 1024

/** One append-only file: a line for each escalation, a line for each delivery. Written by one process. */
export interface Segment {
  /** On disk, and still ours, when it resolves. */
  add(record: EscalationRecord): Promise<void>
  /** Remembers a delivery; losing the line costs a duplicate delivery. */
  delivered(id: string): Promise<void>
  readonly pending: ReadonlyMap<string, EscalationRecord>
  /** Bytes on disk. */
  readonly bytes: number
  /** Of what is not delivered, as JSON. */
  readonly pendingBytes: number
  /** False when another process has adopted the file, or its folder is gone. */
  touch(nowMilliseconds: number): boolean
  /** Gives the file free; removes it when nothing in it is pending. */
  close(): Promise<void>
}

export function lockPath(path: string): string {
  return `${path}.lock`
}

/** Thrown by `add` when another process has adopted the file: what was written is its to deliver, or is written anew. */
export class SegmentTaken extends Error {
  override readonly name = 'SegmentTaken'
}

export async function createSegment(path: string): Promise<Segment> {
  writeLock(lockPath(path))
  const file = await open(path, 'ax', 0o600)
  await syncFolder(path)
  return segment(path, file, new Map(), 0)
}

/**
 * Takes over the file of a process that has ended; `undefined` when somebody else was faster. The new name's lock comes
 * first and the reading last, so that a crash in between leaves a file to adopt and a living owner can see that it was taken.
 */
export async function adoptSegment(from: string, to: string): Promise<Segment | undefined> {
  writeLock(lockPath(to))
  try {
    await rename(from, to)
  } catch (error) {
    removeLock(lockPath(to))
    if (fieldOf(error, 'code') === 'ENOENT') return undefined
    throw error
  }
  removeLock(lockPath(from))
  const text = await readFile(to, 'utf8')
  const file = await open(to, 'a', 0o600)
  // a torn last line must not swallow the next one
  if (text !== '' && !text.endsWith('\n')) await file.appendFile('\n')
  return segment(to, file, pendingOf(text), Buffer.byteLength(text))
}

/** The escalations of a file that are not marked as delivered. Lines that were torn by a crash had not been promised to anyone. */
export function pendingOf(text: string): Map<string, EscalationRecord> {
  const pending = new Map<string, EscalationRecord>()
  for (const line of text.split('\n')) {
    const entry = parsedJson(line)
    const record = fieldOf(entry, 'escalation')
    const delivered = textOf(fieldOf(entry, 'delivered'))
    if (isRecord(record)) pending.set(record.id, record)
    else if (delivered !== undefined) pending.delete(delivered)
  }
  return pending
}

function segment(path: string, file: FileHandle, pending: Map<string, EscalationRecord>, size: number): Segment {
  let bytes = size
  let pendingBytes = Array.from(pending.values()).reduce((sum, record) => sum + bytesOf(record), 0)
  let isTorn = false
  let adding = 0
  let writing: Promise<void> | undefined
  let waiting: { readonly line: string; readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = []

  /** All lines that have come in while the last ones were written go to disk together. */
  const drain = async (): Promise<void> => {
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const text = `${isTorn ? '\n' : ''}${batch.map(({ line }) => `${line}\n`).join('')}`
      try {
        await file.appendFile(text)
        isTorn = false
        bytes += Buffer.byteLength(text)
        await file.datasync()
        if (!(await isOurs(path, file))) throw new SegmentTaken(`${path} was adopted by another process`)
        for (const { resolve } of batch) resolve()
      } catch (error) {
        isTorn = !(error instanceof SegmentTaken)
        for (const { reject } of batch) reject(error)
      }
      // here nothing is being written: what comes in meanwhile waits
      if (waiting.length === 0 && adding === 0 && pending.size === 0 && bytes > ROTATION_BYTES) await startAnew()
    }
    writing = undefined
  }
  const startAnew = async (): Promise<void> => {
    try {
      await file.truncate(0)
      bytes = 0
    } catch {
      // the file goes on as it is: what is in it is delivered, and it is tried again after the next line
    }
  }
  const append = (entry: object): Promise<void> =>
    new Promise((resolve, reject) => {
      waiting.push({ line: JSON.stringify(entry), resolve, reject })
      writing ??= drain()
    })

  return {
    pending,
    get bytes() {
      return bytes
    },
    get pendingBytes() {
      return pendingBytes
    },
    async add(record) {
      adding++
      try {
        await append({ escalation: record })
        pending.set(record.id, record)
        pendingBytes += bytesOf(record)
      } finally {
        adding--
      }
    },
    async delivered(id) {
      const record = pending.get(id)
      pending.delete(id)
      if (record !== undefined) pendingBytes -= bytesOf(record)
      await append({ delivered: id })
    },
    touch: (nowMilliseconds) => touchLock(lockPath(path), nowMilliseconds),
    async close() {
      await writing
      const isMine = await isOurs(path, file)
      await file.close()
      if (isMine && pending.size === 0) await rm(path, { force: true })
      removeLock(lockPath(path))
    },
  }
}

function bytesOf(record: EscalationRecord): number {
  return Buffer.byteLength(JSON.stringify(record))
}

async function isOurs(path: string, file: FileHandle): Promise<boolean> {
  try {
    const [named, held] = await Promise.all([stat(path), file.stat()])
    return named.ino === held.ino && named.dev === held.dev
  } catch (error) {
    if (fieldOf(error, 'code') === 'ENOENT') return false
    throw error
  }
}

/** A new name is durable only with its folder. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

function isRecord(value: unknown): value is EscalationRecord {
  return typeof fieldOf(value, 'id') === 'string' && typeof fieldOf(value, 'question') === 'string'
}
