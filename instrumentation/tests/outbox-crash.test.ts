import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { createTidemark } from '../src/index.ts'
import { drawn, type Moment, runAndKill } from './killed-process.ts'
import { type QueueServer, startQueue } from './queue-server.ts'

/** Kills without a queue; half as many follow while a queue takes part of what comes. */
const KILLS = 50

/** A process starts in half a second where the machine is free, milliseconds. */
const SLOW = 300_000

/** The same moments in every run. */
function drawnMoments(count: number, seed: number): readonly Moment[] {
  const draw = drawn(seed)
  return Array.from({ length: count }, () => ({ lines: draw(60), milliseconds: draw(6) }))
}

function idsOf(deliveries: QueueServer['deliveries']): readonly unknown[] {
  return deliveries.map(({ body }) => body['id'])
}

function temporaryOutbox(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-crash-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'outbox')
}

it(
  'every escalation that resolved before one of 50 kills -9 reaches the queue, once by its id',
  { timeout: SLOW },
  async () => {
    const outbox = temporaryOutbox()
    const resolved: string[] = []
    for (const moment of drawnMoments(KILLS, 7)) resolved.push(...(await runAndKill([outbox], moment)))
    expect(resolved.length).toBeGreaterThan(1000)
    const queue = await startQueue()
    onTestFinished(async () => queue[Symbol.asyncDispose]())
    const heir = createTidemark({ agent: 'heir', outbox, endpoint: queue.url, hashKey: 'a key for the tests' })
    await heir.flush(30_000)
    await heir.shutdown(0)
    const delivered = queue.deliveries.map(({ body }) => String(body['id']))
    expect(new Set(delivered).size).toBe(delivered.length)
    expect(resolved.filter((id) => !delivered.includes(id))).toEqual([])
    // at most the escalations in flight at each kill come on top
    expect(delivered.length - resolved.length).toBeLessThanOrEqual(KILLS * 3)
    expect(readdirSync(outbox)).toEqual([])
  },
)

it(
  'killed while it delivers, nothing that resolved is missing; repeats carry the same id',
  { timeout: SLOW },
  async () => {
    const outbox = temporaryOutbox()
    // away for every third delivery, so that part goes directly and part over the disk
    const accepted = new Set<number>()
    const queue = await startQueue((response, delivery) => {
      const isAccepted = delivery % 3 !== 0
      if (isAccepted) accepted.add(delivery)
      response.writeHead(isAccepted ? 201 : 503).end()
    })
    onTestFinished(async () => queue[Symbol.asyncDispose]())
    const resolved: string[] = []
    for (const moment of drawnMoments(KILLS / 2, 11)) resolved.push(...(await runAndKill([outbox, queue.url], moment)))
    const calm = await startQueue()
    onTestFinished(async () => calm[Symbol.asyncDispose]())
    const heir = createTidemark({ agent: 'heir', outbox, endpoint: calm.url, hashKey: 'a key for the tests' })
    await heir.flush(30_000)
    await heir.shutdown(0)
    const arrived = new Set([
      ...idsOf(queue.deliveries.filter((_, delivery) => accepted.has(delivery))),
      ...idsOf(calm.deliveries),
    ])
    expect(resolved.filter((id) => !arrived.has(id))).toEqual([])
  },
)
