import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { startQueue } from '../tests/queue-server.ts'
import { createSink } from '../tests/telemetry-sink.ts'
import { createTidemark, type EscalationRecord, type EscalationRequest, type TidemarkOptions } from './index.ts'
import { createOutbox } from './outbox.ts'
import { pendingOf } from './outbox-segment.ts'

const REQUEST: EscalationRequest = {
  reason: 'policy',
  question: 'Refund order 4711 in full?',
  context: { order: '4711', paid: 59.9 },
  input: 'Where is my money?',
  output: null,
}

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'tidemark-outbox-'))
  onTestFinished(() => rmSync(path, { recursive: true, force: true }))
  return join(path, 'outbox')
}

function tidemarkWith(options: Partial<TidemarkOptions>) {
  const sink = createSink()
  const tidemark = createTidemark({
    agent: 'tested',
    hashKey: 'a key for the tests',
    tracerProvider: sink.tracerProvider,
    meterProvider: sink.meterProvider,
    ...options,
  })
  onTestFinished(() => tidemark.shutdown(0))
  return { tidemark, sink }
}

function stored(path: string): readonly EscalationRecord[] {
  const files = readdirSync(path).filter((name) => name.endsWith('.jsonl'))
  return files.flatMap((name) => Array.from(pendingOf(readFileSync(join(path, name), 'utf8')).values()))
}

async function queueOn(...args: Parameters<typeof startQueue>) {
  const queue = await startQueue(...args)
  onTestFinished(async () => queue[Symbol.asyncDispose]())
  return queue
}

describe('an escalation', () => {
  it('is in the queue when it resolves, with its key and token, and not on disk', async () => {
    const queue = await queueOn()
    const outbox = folder()
    const { tidemark } = tidemarkWith({ endpoint: queue.url, token: 'secret-token', outbox })
    const escalation = await tidemark.escalate({ ...REQUEST, priority: 'high' })
    expect(escalation.stored).toBe('queue')
    expect(queue.deliveries).toHaveLength(1)
    const [delivery] = queue.deliveries
    expect(delivery?.headers).toMatchObject({
      'idempotency-key': escalation.id,
      authorization: 'Bearer secret-token',
      'content-type': 'application/json',
    })
    expect(delivery?.body).toEqual({
      ...REQUEST,
      id: escalation.id,
      agent: 'tested',
      priority: 'high',
      traceId: expect.stringMatching(/^[0-9a-f]{32}$/u),
      spanId: expect.stringMatching(/^[0-9a-f]{16}$/u),
      createdAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u),
    })
    expect(() => readdirSync(outbox)).toThrow('ENOENT')
  })

  it('is on disk when it resolves while the queue is away, and arrives once the queue is back', async () => {
    const queue = await queueOn((response, delivery) => response.writeHead(delivery === 0 ? 503 : 201).end())
    const outbox = folder()
    const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox })
    const escalation = await tidemark.escalate(REQUEST)
    expect(escalation.stored).toBe('outbox')
    expect(stored(outbox).map(({ id }) => id)).toEqual([escalation.id])
    await tidemark.flush(2000)
    expect(queue.deliveries.map(({ body }) => body['id'])).toEqual([escalation.id, escalation.id])
    expect(stored(outbox)).toEqual([])
  })

  it('that the queue refuses for good stays on disk and does not hold up the others', async () => {
    const queue = await queueOn((response, delivery) =>
      response.writeHead(delivery === 0 || delivery === 1 ? 422 : 201).end(),
    )
    const outbox = folder()
    const { tidemark, sink } = tidemarkWith({ endpoint: queue.url, outbox })
    const refused = await tidemark.escalate(REQUEST)
    await tidemark.flush(2000)
    expect((await tidemark.escalate(REQUEST)).stored).toBe('queue')
    expect(stored(outbox).map(({ id }) => id)).toEqual([refused.id])
    const dropped = await sink.points('tidemark.telemetry.dropped')
    expect(dropped.find(({ attributes }) => attributes['signal'] === 'escalations')?.value).toBeGreaterThan(0)
  })

  it('waits for nobody where there is no endpoint', async () => {
    const outbox = folder()
    const { tidemark } = tidemarkWith({ outbox })
    const ids = await Promise.all(Array.from({ length: 50 }, async () => (await tidemark.escalate(REQUEST)).id))
    expect(
      stored(outbox)
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(ids.toSorted())
  })

  it('whose folder is removed waits in a new file, as do those that come after it', async () => {
    const path = folder()
    const outbox = createOutbox({ folder: path, maximumBytes: 1e6, now: Date.now })
    const record = (id: string): EscalationRecord => ({
      ...REQUEST,
      id,
      agent: 'tested',
      priority: 'normal',
      traceId: '',
      spanId: '',
      createdAt: '',
    })
    await outbox.add(record('first'))
    rmSync(path, { recursive: true })
    await outbox.touch()
    await outbox.add(record('second'))
    expect(outbox.pending().map(({ id }) => id)).toEqual(['first', 'second'])
    expect(readdirSync(path).filter((name) => name.endsWith('.jsonl'))).toHaveLength(1)
    await outbox.close()
  })

  it('left by a process that has ended is delivered by the next one, also behind a torn line', async () => {
    const outbox = folder()
    const first = tidemarkWith({ outbox })
    const { id } = await first.tidemark.escalate(REQUEST)
    await first.tidemark.shutdown(0)
    const name = readdirSync(outbox).find((file) => file.endsWith('.jsonl'))
    writeFileSync(join(outbox, String(name)), '{"escalation":{"id":"torn', { flag: 'a' })
    const queue = await queueOn()
    const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox })
    await tidemark.flush(2000)
    expect(queue.deliveries.map(({ body }) => body['id'])).toEqual([id])
    await tidemark.shutdown(0)
    expect(readdirSync(outbox)).toEqual([])
  })

  it('of a living process is left to it', async () => {
    const outbox = folder()
    const owner = tidemarkWith({ outbox })
    await owner.tidemark.escalate(REQUEST)
    const queue = await queueOn()
    const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox })
    await tidemark.flush(2000)
    expect(queue.deliveries).toEqual([])
    expect(stored(outbox)).toHaveLength(1)
  })

  it('is not lost when the file was taken by a process that believed its owner dead', async () => {
    const outbox = folder()
    const owner = tidemarkWith({ outbox })
    const first = await owner.tidemark.escalate(REQUEST)
    for (const name of readdirSync(outbox)) if (name.endsWith('.lock')) rmSync(join(outbox, name))
    const queue = await queueOn()
    const thief = tidemarkWith({ endpoint: queue.url, outbox })
    await thief.tidemark.flush(2000)
    const second = await owner.tidemark.escalate(REQUEST)
    expect(queue.deliveries.map(({ body }) => body['id'])).toEqual([first.id])
    await thief.tidemark.shutdown(0)
    expect(stored(outbox).map(({ id }) => id)).toContain(second.id)
  })

  it('leaves no growing file behind: what is delivered is cut away', async () => {
    const queue = await queueOn((response, delivery) => response.writeHead(delivery < 20 ? 503 : 201).end())
    const outbox = folder()
    const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox })
    const input = 'x'.repeat(8192)
    const sizeOnDisk = (): number =>
      readdirSync(outbox)
        .filter((name) => name.endsWith('.jsonl'))
        .reduce((sum, name) => sum + statSync(join(outbox, name)).size, 0)
    await Promise.all(Array.from({ length: 20 }, () => tidemark.escalate({ ...REQUEST, input })))
    expect(sizeOnDisk()).toBeGreaterThan(64 * 1024)
    await tidemark.flush(5000)
    await vi.waitFor(() => expect(sizeOnDisk()).toBe(0))
    await tidemark.escalate(REQUEST)
    expect(queue.deliveries.length).toBeGreaterThan(20)
  })

  it('is refused loudly when the outbox is full', async () => {
    const { tidemark } = tidemarkWith({ outbox: folder(), outboxMaximumBytes: 1000 })
    await tidemark.escalate(REQUEST)
    await tidemark.escalate(REQUEST)
    await expect(tidemark.escalate(REQUEST)).rejects.toMatchObject({
      code: 'outbox_full',
      message: expect.stringContaining('of at most 1000'),
    })
  })

  it('is refused loudly when those that come at the same time fill the outbox', async () => {
    const { tidemark } = tidemarkWith({ outbox: folder(), outboxMaximumBytes: 1000 })
    const ends = await Promise.allSettled(Array.from({ length: 20 }, () => tidemark.escalate(REQUEST)))
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  })

  it('is refused loudly when the folder cannot be written', async () => {
    const outbox = folder()
    writeFileSync(join(outbox, '..', 'file'), '')
    const { tidemark } = tidemarkWith({ outbox: join(outbox, '..', 'file', 'outbox') })
    await expect(tidemark.escalate(REQUEST)).rejects.toMatchObject({ code: 'outbox_unwritable' })
  })

  it('without an outbox counts only when the queue has it', async () => {
    const queue = await queueOn()
    const reached = tidemarkWith({ endpoint: queue.url, outbox: false })
    expect((await reached.tidemark.escalate(REQUEST)).stored).toBe('queue')
    const refusing = await queueOn((response) => response.writeHead(400).end('{"error":"no such agent"}'))
    const refused = tidemarkWith({ endpoint: refusing.url, outbox: false })
    await expect(refused.tidemark.escalate(REQUEST)).rejects.toMatchObject({
      code: 'escalation_not_stored',
      message: expect.stringContaining('no such agent'),
    })
    const lost = tidemarkWith({ outbox: false })
    await expect(lost.tidemark.escalate(REQUEST)).rejects.toMatchObject({ code: 'escalation_not_stored' })
  })

  it.for([
    [{ question: ' ' }, 'what the reviewer has to decide'],
    [{ reason: 'because' }, 'reason "because" is unknown'],
    [{ priority: 'urgent' }, 'priority'],
    [{ colour: 'red' }, 'colour'],
    [{ output: 1n }, 'must be JSON'],
  ] as const)('with %o is refused and says why', async ([change, why], { expect }) => {
    const { tidemark } = tidemarkWith({ outbox: folder() })
    const request = { ...REQUEST, ...change }
    // @ts-expect-error: what types forbid, JavaScript callers still send
    await expect(tidemark.escalate(request)).rejects.toMatchObject({
      code: 'escalation_invalid',
      message: expect.stringContaining(why),
    })
  })

  it('is redacted before it is written, and told to the team', async () => {
    const outbox = folder()
    const notify = vi.fn()
    const { tidemark } = tidemarkWith({
      outbox,
      notify,
      escalationReasons: ['fraud'],
      redact: (text) => text.replaceAll(/\d{4}/gu, '####'),
    })
    const { id } = await tidemark.escalate({
      ...REQUEST,
      reason: 'fraud',
      input: { deep: ['card 1234'], 'key 5678': 1 },
    })
    const [record] = stored(outbox)
    expect(record).toMatchObject({
      id,
      reason: 'fraud',
      question: 'Refund order #### in full?',
      context: { order: '####', paid: 59.9 },
      input: { deep: ['card ####'], 'key ####': 1 },
    })
    await vi.waitFor(() => expect(notify).toHaveBeenCalledWith(record))
  })

  it('is stored whatever notify does', async () => {
    const { tidemark } = tidemarkWith({
      outbox: folder(),
      notify: () => {
        throw new Error('chat is down')
      },
    })
    expect((await tidemark.escalate(REQUEST)).stored).toBe('outbox')
  })

  it('counts as a decision that went to a person', async () => {
    const { tidemark, sink } = tidemarkWith({ outbox: folder() })
    const { id } = await tidemark.escalate(REQUEST)
    const [span] = sink.spans('tidemark.decision')
    expect(span?.attributes).toMatchObject({
      'tidemark.route': 'escalated',
      'tidemark.escalation.reason': 'policy',
      'tidemark.escalation.id': id,
    })
  })
})

it.for([
  ['a 200 of a proxy', 200, () => '<html>Welcome</html>'],
  ['a 200 for another case', 200, () => '{"id":"another"}'],
  ['a 202', 202, (id: string) => JSON.stringify({ id })],
  ['a 204', 204, () => ''],
  ['a 409 about something else', 409, () => '{"error":"conflict"}'],
] as const)('%s has not taken the case: it is said, and delivered again', async ([, status, text], { expect }) => {
  const queue = await queueOn((response, delivery) => {
    const id = String(queue.deliveries[delivery]?.body['id'])
    if (delivery < 2) response.writeHead(status).end(status === 204 ? undefined : text(id))
    else response.writeHead(201).end()
  })
  const outbox = folder()
  const { tidemark, sink } = tidemarkWith({ endpoint: queue.url, outbox })
  expect((await tidemark.escalate(REQUEST)).stored).toBe('outbox')
  expect(stored(outbox)).toHaveLength(1)
  await tidemark.flush(10_000)
  expect(queue.deliveries).toHaveLength(3)
  const dropped = await sink.points('tidemark.telemetry.dropped')
  expect(dropped.find(({ attributes }) => attributes['signal'] === 'escalations')?.value).toBe(2)
  expect(stored(outbox)).toEqual([])
})

it('one flush brings everything, though one answer goes wrong in its middle', async ({ expect }) => {
  const queue = await queueOn((response, delivery) =>
    response.writeHead(delivery < 1 || delivery === 2 ? 503 : 201).end(),
  )
  const outbox = folder()
  const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox })
  for (let item = 0; item < 4; item++) await tidemark.escalate(REQUEST)
  expect(stored(outbox)).toHaveLength(4)
  await tidemark.flush(20_000)
  expect(stored(outbox)).toEqual([])
  expect(queue.deliveries).toHaveLength(6)
})

it.for([200, 409])('a %i with the id of the case has it already', async (status, { expect }) => {
  const queue = await queueOn((response, delivery) =>
    response.writeHead(status).end(JSON.stringify({ id: queue.deliveries[delivery]?.body['id'] })),
  )
  const { tidemark } = tidemarkWith({ endpoint: queue.url, outbox: folder() })
  expect((await tidemark.escalate(REQUEST)).stored).toBe('queue')
})

it('an endpoint that redirects has not taken the case, and the token goes nowhere else', async () => {
  const elsewhere = await queueOn()
  const queue = await queueOn((response) =>
    response.writeHead(307, { location: `${elsewhere.url}/v1/escalations` }).end(),
  )
  const outbox = folder()
  const { tidemark } = tidemarkWith({ endpoint: queue.url, token: 'secret-token', outbox })
  expect((await tidemark.escalate(REQUEST)).stored).toBe('outbox')
  expect(stored(outbox)).toHaveLength(1)
  expect(elsewhere.deliveries).toEqual([])
})
