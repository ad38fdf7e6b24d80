import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { getRequestListener } from '@hono/node-server'
import { afterEach, describe, expect, test } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import { resolveConfiguration, type ConfigurationInput } from '../../src/config.ts'
import { heldBytes } from '../held-bytes.ts'
import { parseExposition } from '../http/exposition.ts'
import { storedService } from '../http/stored-service.ts'
import { MONDAY } from '../call-records.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { spansRequest } from './plain-spans.ts'
import { post } from './stored-calls.ts'

const JSON_TYPE = { contentType: 'application/json', contentEncoding: '' }
const MIB = 1024 * 1024
const closing: (() => Promise<unknown> | void)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** The real HTTP layer before a store that answers when it is told to. */
async function withSlowStore(limits: NonNullable<ConfigurationInput['limits']>) {
  const { service } = storedService()
  const gate = Promise.withResolvers<void>()
  const refused: unknown[] = []
  const held = { now: 0, most: 0 }
  const app = createApp({
    service: {
      ...service,
      async ingestTraces() {
        held.now += 1
        held.most = Math.max(held.most, held.now)
        await gate.promise
        held.now -= 1
        return { contentType: 'application/json', body: Buffer.from('{}') }
      },
      countRefusedBody: (error) => refused.push(error),
    },
    tokens: { ingest: [], read: [], review: [], admin: [] },
    limits: resolveConfiguration({ limits }, 'the limits of a test').limits,
    host: '127.0.0.1',
    logger: { warn: () => undefined, error: () => undefined },
  })
  const listener = getRequestListener((request) => app.fetch(request))
  const server = createServer((request, response) => void listener(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closing.push(() => {
    gate.resolve()
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return { url: `http://127.0.0.1:${address.port}`, release: gate.resolve, held, refused }
}

describe('a store that is slower than its senders', () => {
  test('holds as many requests as it may, and turns the others away with Retry-After, each counted', async () => {
    const { url, release, held, refused } = await withSlowStore({ inFlightRequests: 4 })
    const send = () =>
      fetch(`${url}/v1/traces`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })
    const answers = Array.from({ length: 20 }, send)
    await expect.poll(() => refused.length, { timeout: 20_000 }).toBe(16)
    release()
    const responses = await Promise.all(answers)
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(4)
    const busy = responses.filter(({ status }) => status === 429)
    expect(busy).toHaveLength(16)
    for (const response of busy) {
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0)
      expect(await response.json()).toMatchObject({ error: { code: 'ingest_busy' } })
    }
    expect(held.most).toBe(4)
    // and when the store has caught up, it takes again
    expect((await send()).status).toBe(200)
  })

  test('keeps its memory flat while 16 senders push 2 MiB each, 640 MiB in all', async () => {
    const { url, release, held, refused } = await withSlowStore({ inFlightBytes: 16 * MIB })
    const stored = Array.from(
      { length: 8 },
      async () => await post(url, '/v1/traces', { body: new Uint8Array(2 * MIB), ...JSON_TYPE }),
    )
    await expect.poll(() => held.now, { timeout: 20_000 }).toBe(8)
    expect(await push(url, 1)).toBe('429')
    const before = await heldBytes()
    const turnedAway = refused.length
    expect(await push(url, 20)).toBe('429')
    // sockets whose senders are gone close one after the other
    await expect.poll(async () => (await heldBytes()) - before, { timeout: 20_000 }).toBeLessThan(16 * MIB)
    expect(refused.length - turnedAway).toBe(20 * 16)
    release()
    expect(new Set((await Promise.all(stored)).map(({ status }) => status))).toEqual(new Set([200]))
  })

  test('lets a body in that alone exceeds the limit of all', async () => {
    const { url, release } = await withSlowStore({ inFlightBytes: 1000 })
    release()
    expect((await post(url, '/v1/traces', { body: new Uint8Array(5000), ...JSON_TYPE })).status).toBe(200)
  })
})

async function push(url: string, rounds: number): Promise<string> {
  const program = fileURLToPath(new URL('pushing-senders.ts', import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [program, `${url}/v1/traces`, String(rounds)])
  return stdout.trim()
}

describe('limits of spans a minute', () => {
  async function started(limits: NonNullable<ConfigurationInput['limits']>) {
    const disk: ServiceOnDisk = serviceOnDisk({ agents: { '*': {} }, limits })
    disk.now = MONDAY
    closing.push(() => disk.remove())
    const service = await disk.open()
    const { url } = await service.start()
    const send = (agent: string, key: string, count: number) =>
      post(url, '/v1/traces', { body: spansRequest(agent, { key, count, at: MONDAY - 1000 }), ...JSON_TYPE })
    const series = async (name: string) =>
      parseExposition((await service.metrics()).body).samples.filter((sample) => sample.name === name)
    return { disk, send, series }
  }

  test('of one agent refuse its spans one by one; its neighbour, and the next minute, are not touched', async () => {
    const { disk, send, series } = await started({ spansPerMinutePerAgent: 100 })
    expect(await send('loud', 'a', 150)).toMatchObject({ status: 200, rejected: 50 })
    expect((await send('loud', 'b', 10)).text).toContain('rate_limited')
    expect(await send('quiet', 'c', 100)).toMatchObject({ status: 200, rejected: 0 })
    disk.now += 30_000
    expect(await send('loud', 'd', 60)).toMatchObject({ status: 200, rejected: 10 })
    const refused = (await series('tidemark_ingest_rejected_total')).find(
      ({ labels }) => labels['reason'] === 'rate_limited',
    )
    expect(refused).toMatchObject({ value: 70, labels: { gen_ai_agent_name: 'loud' } })
  })

  test('in all turn the request away, so that the sender keeps it', async () => {
    const { disk, send } = await started({ spansPerMinute: 100 })
    expect(await send('a', 'a', 100)).toMatchObject({ status: 200 })
    expect(await send('b', 'b', 50)).toMatchObject({ status: 429 })
    disk.now += 30_000
    expect(await send('b', 'b', 50)).toMatchObject({ status: 200, rejected: 0 })
  })

  test('are not used up by what was turned away: who asks for less has its turn', async () => {
    const { disk, send } = await started({ spansPerMinute: 100 })
    expect(await send('a', 'a', 100)).toMatchObject({ status: 200 })
    disk.now += 30_000
    for (const key of ['b', 'c', 'd']) expect(await send('greedy', key, 90)).toMatchObject({ status: 429 })
    expect(await send('modest', 'e', 50)).toMatchObject({ status: 200, rejected: 0 })
  })

  test('let a request in that is larger than a minute, once the minute is there, and make the next one wait for it', async () => {
    const { disk, send } = await started({ spansPerMinute: 100 })
    expect(await send('a', 'a', 150)).toMatchObject({ status: 200, rejected: 0 })
    disk.now += 60_000
    expect(await send('b', 'b', 60)).toMatchObject({ status: 429 })
    disk.now += 30_000
    expect(await send('b', 'b', 60)).toMatchObject({ status: 200 })
  })
})
