import { afterAll, beforeAll, expect, test } from 'vitest'
import { createApp } from '../../src/http/app.ts'
import type { Service } from '../../src/service.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { documentedOperations, documentedRequest, type DocumentedOperation } from './documented-request.ts'
import { oddRequest, seeded } from './odd-requests.ts'

/** Requests a route; `npm run test:surface` asks for 10,000. */
const REQUESTS = Number(process.env['TIDEMARK_FUZZ_REQUESTS'] ?? 200)
const SEED = Number(process.env['TIDEMARK_FUZZ_SEED'] ?? 1)

let disk: ServiceOnDisk
let service: Service
let app: ReturnType<typeof createApp>
let operations: DocumentedOperation[]
const defects: object[] = []

beforeAll(async () => {
  disk = serviceOnDisk()
  service = await disk.open()
  const { url } = await service.start()
  operations = await documentedOperations(url)
  const { tokens, limits } = disk.config
  const log = (details: object): unknown => defects.push(details)
  app = createApp({
    service,
    tokens,
    limits,
    host: '127.0.0.1',
    logger: { warn: log, error: log },
    now: () => disk.now,
  })
})
afterAll(() => disk.remove())

test(
  `${REQUESTS} odd requests to every route: no answer is 5xx, and ingest works afterwards`,
  { timeout: 1_800_000 },
  async () => {
    const failures: string[] = []
    const statuses = new Map<number, number>()
    for (const [number, operation] of operations.entries()) {
      const random = seeded(SEED * 1000 + number)
      for (let i = 0; i < REQUESTS; i++) {
        const request = oddRequest(operation, random, disk.now)
        const { method, url } = request
        const response = await app.request(request)
        await response.arrayBuffer()
        statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1)
        if (response.status >= 500) failures.push(`${response.status} ${method} ${url.slice(0, 200)} (request ${i})`)
      }
    }
    expect(failures.slice(0, 10), JSON.stringify(defects.slice(0, 3), reasonOf)).toEqual([])
    // the requests reach what is behind the door, too
    expect([...statuses.keys()]).toEqual(expect.arrayContaining([200, 201, 400, 404, 415, 422]))
    const traces = operations.find(({ path }) => path === '/v1/traces')
    if (traces === undefined) throw new Error('no /v1/traces')
    const { path, init } = documentedRequest(traces, { agent: 'triage', idOf: () => '', now: disk.now })
    const answer = await app.request(path, init)
    expect([answer.status, await answer.text()]).toEqual([200, '{}'])
  },
)

function reasonOf(_: string, value: unknown): unknown {
  return value instanceof Error ? value.stack : value
}
