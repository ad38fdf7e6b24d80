import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import type { EscalationRecord } from './escalation.ts'
import { createOutbox, type Outbox } from './outbox.ts'
import { adoptSegment, lockPath, pendingOf, type Segment } from './outbox-segment.ts'

const LONG = 'x'.repeat(8192)

function record(id: string, input: unknown = ''): EscalationRecord {
  return {
    id,
    agent: 'tested',
    reason: 'policy',
    priority: 'normal',
    question: 'Refund?',
    context: {},
    input,
    output: null,
    traceId: null,
    spanId: null,
    createdAt: '2026-01-01T00:00:00.000Z',
  }
}

function boxed(): { readonly folder: string; readonly outbox: Outbox } {
  const parent = mkdtempSync(join(tmpdir(), 'tidemark-outbox-'))
  const folder = join(parent, 'outbox')
  const outbox = createOutbox({ folder, maximumBytes: 1e6, now: Date.now })
  onTestFinished(async () => {
    await outbox.close()
    rmSync(parent, { recursive: true, force: true })
  })
  return { folder, outbox }
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .map((name) => join(folder, name))
}

function bytesIn(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0)
}

function waitingIn(folder: string): readonly string[] {
  return filesIn(folder).flatMap((file) => Array.from(pendingOf(readFileSync(file, 'utf8')).keys()))
}

function idsOf(outbox: Outbox): readonly string[] {
  return outbox.pending().map(({ id }) => id)
}

/** Takes the one file of a folder away from its owner, as a process does that believes it dead. */
async function taken(folder: string): Promise<Segment> {
  const [file = ''] = filesIn(folder)
  rmSync(lockPath(file))
  const segment = await adoptSegment(file, join(folder, 'taken.outbox.jsonl'))
  if (segment === undefined) throw new Error('nothing to take')
  onTestFinished(() => segment.close())
  return segment
}

describe('an outbox whose file was taken', () => {
  it('notices at the next delivery, and what waits beside it waits in a new file of its own', async () => {
    const { folder, outbox } = boxed()
    await outbox.add(record('first'))
    await outbox.add(record('second'))
    const thief = await taken(folder)
    await outbox.delivered('first')
    expect(idsOf(outbox)).toEqual(['second'])
    const own = filesIn(folder).find((file) => !file.includes('taken')) ?? ''
    expect(Array.from(pendingOf(readFileSync(own, 'utf8')).keys())).toEqual(['second'])
    // the thief delivers both again: the queue knows them by their ids
    expect(Array.from(thief.pending.keys())).toEqual(['first', 'second'])
    await outbox.delivered('second')
    expect(idsOf(outbox)).toEqual([])
  })
})

describe('an outbox that delivers', () => {
  it('goes on in its file where that cannot be cut, and cuts it after the next delivery', async () => {
    const { folder, outbox } = boxed()
    const ids = Array.from({ length: 10 }, (_, number) => `case-${number}`)
    await Promise.all(ids.map((id) => outbox.add(record(id, LONG))))
    const [file = ''] = filesIn(folder)
    const handle = await open(file, 'r')
    const truncate = vi.spyOn(Object.getPrototypeOf(handle), 'truncate').mockRejectedValueOnce(new Error('EPERM'))
    await handle.close()
    for (const id of ids) await outbox.delivered(id)
    await vi.waitFor(() => expect(truncate).toHaveBeenCalledTimes(1))
    expect(bytesIn(folder)).toBeGreaterThan(10 * LONG.length)
    await outbox.add(record('late'))
    expect(waitingIn(folder)).toEqual(['late'])
    await outbox.delivered('late')
    await vi.waitFor(() => expect(bytesIn(folder)).toBe(0))
    truncate.mockRestore()
  })

  it('keeps one case that the queue refuses without keeping all that were delivered beside it', async () => {
    const { folder, outbox } = boxed()
    await outbox.add(record('refused'))
    // five times of what the outbox may hold
    for (let number = 0; number < 100; number++) {
      await outbox.add(record(`case-${number}`, LONG.repeat(6)))
      await outbox.delivered(`case-${number}`)
    }
    expect(idsOf(outbox)).toEqual(['refused'])
    expect(waitingIn(folder)).toEqual(['refused'])
    expect(bytesIn(folder)).toBeLessThan(600_000)
    expect(readdirSync(folder).length).toBeLessThanOrEqual(4)
  })
})
