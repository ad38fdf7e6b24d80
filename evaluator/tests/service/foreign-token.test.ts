import { afterAll, beforeAll, expect, test } from 'vitest'
import { TABLE_KEYS } from '../../src/store/schema.ts'
import type { Service } from '../../src/service.ts'
import { DAY, MONDAY } from '../call-records.ts'
import {
  documentedOperations,
  documentedRequest,
  type DocumentedOperation,
  type Filling,
} from '../surface/documented-request.ts'
import { liveThrough, MIDNIGHT_SCHEDULE, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

/** In what `triage` sent, and in nothing that anybody else may see. */
const CANARY = 'canary-of-triage'
const ROLES = ['ingest', 'read', 'review', 'admin'] as const
const tokensOf = (whose: string, agents: string[]) =>
  Object.fromEntries(ROLES.map((role) => [role, { value: `${whose}-${role}-token`, agents }]))
const OWNER = tokensOf('owner', ['triage'])
const INTRUDER = tokensOf('intruder', ['intruder', 'triage-2', 'tri'])
const ADMIN_OF_ALL = { value: 'admin-of-all-token', agents: ['*'] }

let disk: ServiceOnDisk
let service: Service
let url: string
let operations: DocumentedOperation[]
let filling: Filling

beforeAll(async () => {
  disk = serviceOnDisk({
    tokens: Object.fromEntries(
      ROLES.map((role) => [role, [OWNER[role], INTRUDER[role], ADMIN_OF_ALL].filter((one) => one !== undefined)]),
    ),
    agents: { triage: { schedule: MIDNIGHT_SCHEDULE }, intruder: {} },
  })
  service = await disk.open()
  await withBaseline(disk, service)
  for (const day of [1, 2, 3]) await live(day, { calls: 100, invalidEvery: 25 })
  await live(4, { calls: 100, invalidEvery: 2, model: CANARY })
  await tellOfTriage()
  const window = { from: MONDAY + DAY, to: MONDAY + 2 * DAY, reason: 'outage', note: CANARY, by: 'ada' } as const
  await service.excludeWindow({ agent: 'triage', ...window })
  url = (await service.start()).url
  operations = await documentedOperations(url)
  const incident = (await service.incidents('triage'))[0]?.id ?? ''
  const exclusion = (await service.excludedWindows('triage'))[0]?.id ?? ''
  expect(incident).not.toBe('')
  filling = {
    agent: 'triage',
    idOf: (path) => (path.includes('exclusions') ? exclusion : incident),
    now: disk.now,
  }
})
afterAll(() => disk.remove())

test('the document has every route that is known to need a token', () => {
  const listed = operations.map(({ method, path }) => `${method} ${path}`)
  expect(listed).toEqual(expect.arrayContaining(['POST /v1/traces', 'GET /api/audit', 'POST /api/incidents/{id}']))
  expect(listed.length).toBeGreaterThanOrEqual(24)
  expect(operations.filter((one) => one['x-role'] === 'none').map(({ path }) => path)).toEqual([
    '/healthz',
    '/readyz',
    '/api/openapi.json',
    '/api',
    '/style.css',
    '/icon.svg',
  ])
})

test('a token of other agents reads nothing of an agent and writes nothing of it, in any role and on any route', async () => {
  const before = await rowsOfTriage()
  expect(JSON.stringify(before)).toContain(CANARY)
  for (const operation of operations)
    for (const role of ROLES)
      for (const service of ['triage', 'intruder']) {
        const name = `${role} on ${operation.method} ${operation.path}`
        const response = await ask(operation, INTRUDER[role]?.value, { ...filling, service })
        const text = await response.text()
        expect(text, name).not.toContain(CANARY)
        if (operation['x-role'] === 'none') continue
        if (role !== operation['x-role']) expect(response.status, name).toBe(401)
        else
          expect(await isHarmless(operation, response.status, text), `${name}: ${response.status} ${text}`).toBe(true)
      }
  expect(await rowsOfTriage()).toEqual(before)
})

test('lists without a name of an agent leave the others out', async () => {
  for (const operation of operations.filter((one) => one['x-bound'] === 'to_visible_agents')) {
    const response = await fetch(`${url}${operation.path}`, { headers: bearer(INTRUDER[operation['x-role']]?.value) })
    expect(response.status, operation.path).toBe(200)
    expect(await response.text(), operation.path).not.toMatch(/triage(?!-2)|canary/u)
  }
})

test('the token of the agent itself is answered on the very same requests', async () => {
  for (const operation of operations) {
    const isForAll = operation['x-bound'] === 'needs_all_agents'
    const token = isForAll ? ADMIN_OF_ALL.value : OWNER[operation['x-role']]?.value
    const response = await ask(operation, token, filling)
    const text = await response.text()
    expect(response.ok, `${operation.method} ${operation.path}: ${response.status} ${text.slice(0, 300)}`).toBe(true)
    if (operation.path.startsWith('/v1/')) expect(text).not.toContain('not_allowed')
  }
  const { entries } = (await (await fetch(`${url}/api/audit`, { headers: bearer(OWNER['admin']?.value) })).json()) as {
    entries: { who: string; action: string; agent: string; detail: string }[]
  }
  expect(entries.map(({ action }) => action).toSorted()).toEqual([
    'agent.run',
    'change.add',
    'exclusion.add',
    'exclusion.remove',
    'incident.step',
  ])
  for (const { who, agent } of entries)
    expect({ who, agent }).toMatchObject({
      agent: 'triage',
      who: expect.stringMatching(/^(?:admin|ingest) token$/u) as string,
    })
})

async function live(day: number, shape: Parameters<typeof liveThrough>[3]): Promise<void> {
  await liveThrough(disk, service, day, shape)
  await service.runDue(disk.now)
}

async function tellOfTriage(): Promise<void> {
  const id = '11111111-1111-4111-8111-111111111111'
  const escalation = {
    id,
    agent: 'triage',
    reason: 'policy',
    question: CANARY,
    createdAt: new Date(disk.now).toISOString(),
  }
  await service.acceptEscalation(escalation, () => true)
  await service.acceptChange(
    { agent: 'triage', kind: 'data', value: CANARY, at: new Date(disk.now - DAY).toISOString() },
    () => true,
  )
  await service.acceptScores({ scores: [{ agent: 'triage', name: CANARY, value: 1, responseId: 'r' }] }, () => true)
}

async function ask(operation: DocumentedOperation, token: string | undefined, how: Filling): Promise<Response> {
  const { path, init } = documentedRequest(operation, how)
  const headers = new Headers(init.headers)
  if (token !== undefined) headers.set('authorization', `Bearer ${token}`)
  return await fetch(`${url}${path}`, { ...init, headers })
}

function bearer(token: string | undefined): Record<string, string> {
  return token === undefined ? {} : { authorization: `Bearer ${token}` }
}

/** A request of an intruder is refused, or, for OTLP, its spans are; a page about no agent is answered. */
async function isHarmless(operation: DocumentedOperation, status: number, text: string): Promise<boolean> {
  if (status === 403) return true
  if (operation['x-bound'] === 'shows_no_agent' || operation.path === '/' || operation.path === '/api/agents')
    return status === 200
  return status === 200 && operation.path.startsWith('/v1/') && text.includes('not_allowed')
}

/** Every row of every table that tells of the agent. */
async function rowsOfTriage(): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {}
  for (const [table, keys] of Object.entries(TABLE_KEYS)) {
    const rows = await disk.database.query<Record<string, unknown>>(
      `select * from ${table} order by ${keys.join(', ')}`,
    )
    found[table] = rows.filter((row) => Object.values(row).some((value) => value === 'triage'))
  }
  return found
}
