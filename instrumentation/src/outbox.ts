import { randomUUID } from 'node:crypto'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { TidemarkError } from './errors.ts'
import type { EscalationRecord } from './escalation.ts'
import { isAbandoned, removeLock } from './outbox-lock.ts'
import { adoptSegment, createSegment, lockPath, type Segment, SegmentTaken } from './outbox-segment.ts'
import { fieldOf } from './untyped.ts'

/** The folder where escalations wait on disk; each process writes a file of its own and adopts those of the dead. */
export interface Outbox {
  /** On disk when it resolves; `outbox_full` or `outbox_unwritable` otherwise. */
  add(record: EscalationRecord): Promise<void>
  delivered(id: string): Promise<void>
  /** Takes over files whose owners have ended; how many escalations came with them. */
  adopt(): Promise<number>
  pending(): readonly EscalationRecord[]
  /** Lets go of files that others have adopted, or whose folder is gone. */
  touch(): Promise<void>
  close(): Promise<void>
}

export interface OutboxSettings {
  readonly folder: string
  readonly maximumBytes: number
  /** Epoch milliseconds. */
  readonly now: () => number
}

export function createOutbox({ folder, maximumBytes, now }: OutboxSettings): Outbox {
  const segments = new Set<Segment>()
  let own: Promise<Segment> | undefined
  /** Of records on their way to the disk, bytes. */
  let arriving = 0

  const ownSegment = (): Promise<Segment> => {
    own ??= openSegment().catch((error: unknown) => {
      own = undefined
      throw error
    })
    return own
  }
  const openSegment = async (): Promise<Segment> => {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    const segment = await createSegment(join(folder, `${randomUUID()}${SUFFIX}`))
    segments.add(segment)
    return segment
  }

  return {
    async add(record) {
      const waitingBytes = [...segments].reduce((sum, { bytes }) => sum + bytes, arriving)
      const size = Buffer.byteLength(JSON.stringify(record))
      if (waitingBytes + size > maximumBytes) {
        throw new TidemarkError(
          'outbox_full',
          `The outbox ${folder} holds ${waitingBytes} bytes of at most ${maximumBytes}: escalation ${record.id} is not stored. Check that the evaluator can be reached, then raise outboxMaximumBytes if this load is real.`,
        )
      }
      arriving += size
      try {
        await addToSegment(record)
      } catch (error) {
        throw new TidemarkError(
          'outbox_unwritable',
          `The outbox ${folder} cannot be written: ${error instanceof Error ? error.message : String(error)}. Give the process a writable folder by the option outbox or TIDEMARK_OUTBOX.`,
          { cause: error },
        )
      } finally {
        arriving -= size
      }
    },
    async delivered(id) {
      for (const segment of copyOf(segments)) {
        if (!segment.pending.has(id)) continue
        try {
          await segment.delivered(id)
        } catch (error) {
          if (!(error instanceof SegmentTaken)) throw error
          await drop(segment, id)
        }
        await leave(segment)
      }
    },
    async adopt() {
      let adopted = 0
      const names = await namesIn(folder)
      for (const name of names.filter((one) => one.endsWith(SUFFIX))) {
        const path = join(folder, name)
        if (!isAbandoned(lockPath(path), now())) continue
        const segment = await adoptSegment(path, join(folder, `${randomUUID()}${SUFFIX}`))
        if (segment === undefined) continue
        adopted += segment.pending.size
        if (segment.pending.size === 0) await segment.close()
        else segments.add(segment)
        await leave(segment)
      }
      removeLocksWithoutFile(names)
      return adopted
    },
    pending: () => [...segments].flatMap(({ pending }) => Array.from(pending.values())),
    async touch() {
      for (const segment of copyOf(segments)) if (!segment.touch(now())) await drop(segment)
    },
    async close() {
      for (const segment of segments) await segment.close()
      segments.clear()
      own = undefined
    },
  }

  /** What a process leaves that ends between its lock and its file. */
  function removeLocksWithoutFile(names: readonly string[]): void {
    const files = new Set(names.filter((name) => name.endsWith(SUFFIX)).map((name) => lockPath(name)))
    for (const name of names.filter((one) => one.endsWith(lockPath(SUFFIX)) && !files.has(one)))
      if (isAbandoned(join(folder, name), now())) removeLock(join(folder, name))
  }

  async function addToSegment(record: EscalationRecord): Promise<void> {
    const segment = await ownSegment()
    try {
      await segment.add(record)
    } catch (error) {
      if (!(error instanceof SegmentTaken)) throw error
      // taken for dead: a new file, and the record again; the queue knows it by its id
      await drop(segment)
      await addToSegment(record)
    }
  }

  /** What waits in a file of delivered cases goes to a new one: a case that the queue refuses for good must not keep them all. */
  async function leave(segment: Segment): Promise<void> {
    const { bytes, pendingBytes, pending } = segment
    if (pending.size === 0 || bytes < Math.min(LEFT_BYTES, maximumBytes / 2) || bytes < 2 * pendingBytes) return
    if (!segments.has(segment)) return
    if ((await own) === segment) own = undefined
    const records = Array.from(pending.values())
    try {
      await Promise.all(records.map(addToSegment))
      await Promise.all(records.map(({ id }) => segment.delivered(id)))
    } catch {
      // it waits where it was, and is left after the next delivery
      return
    }
    segments.delete(segment)
    await segment.close()
  }

  /** What waits in a file that is lost waits in a new one: twice delivered is once stored, lost is lost. */
  async function drop(segment: Segment, deliveredId?: string): Promise<void> {
    segments.delete(segment)
    if ((await own) === segment) own = undefined
    try {
      for (const record of segment.pending.values()) if (record.id !== deliveredId) await addToSegment(record)
    } catch {
      // nowhere to write: it waits in memory, and is delivered from there
      segments.add(segment)
      return
    }
    await segment.close()
  }
}

/** A set to go through while it changes: one that was put back is not met again. */
function copyOf(segments: ReadonlySet<Segment>): readonly Segment[] {
  return Array.from(segments)
}

/** A file of which most is delivered is left from here, bytes: a few cases less are not worth the way. */
const LEFT_BYTES = 1024 * 1024
const SUFFIX = '.outbox.jsonl'

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (fieldOf(error, 'code') === 'ENOENT') return []
    throw error
  }
}
