import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { TABLE_KEYS } from '../../src/store/schema.ts'
import { MONDAY } from '../call-records.ts'
import { engine } from '../engine.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { logsRequest } from './log-records.ts'
import { post } from './stored-calls.ts'

const DAY = 86_400_000
const CANARIES = [
  'canary.person@secret-domain.example',
  '4111 1111 1111 1111',
  'DE89 3704 0044 0532 0130 00',
  '+49 30 98765432',
  'sk-proj-canaryCANARYcanary0123',
]
const SECRET = `Reach me: ${CANARIES.join(' or ')}.`
/** As short as the piece that would give the whole away. */
const PIECES = ['canary.person', 'secret-domain', '1111 1111', '0532 0130', '98765432', 'canaryCANARY']

let disk: ServiceOnDisk
afterEach(() => disk.remove())

async function sendSecrets(accept: 'none' | 'redacted' | 'all'): Promise<string> {
  disk = serviceOnDisk({ agents: { triage: { content: { accept } } } })
  disk.now = MONDAY + DAY
  const service = await disk.open()
  const { url } = await service.start()
  const messages = JSON.stringify([
    { role: 'user', parts: [{ type: 'text', content: SECRET }] },
    {
      role: 'assistant',
      parts: [{ type: 'tool_call', name: 'call', arguments: JSON.stringify({ [SECRET]: [SECRET] }) }],
    },
  ])
  const attribute = (key: string, value: string) => ({ key, value: { stringValue: value } })
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'chat',
    startTimeUnixNano: `${MONDAY}000000`,
    endTimeUnixNano: `${MONDAY + 1}000000`,
    attributes: [
      attribute('gen_ai.operation.name', 'chat'),
      attribute('gen_ai.input.messages', messages),
      attribute('gen_ai.output.messages', SECRET),
    ],
  }
  const foreign = {
    ...span,
    spanId: 'c'.repeat(16),
    attributes: [
      attribute('openinference.span.kind', 'LLM'),
      attribute('input.value', JSON.stringify({ messages: [{ role: 'user', content: SECRET }] })),
      attribute('output.value', SECRET),
    ],
  }
  const resource = { attributes: [attribute('service.name', 'triage')] }
  const json = (value: unknown) => ({
    body: Uint8Array.from(Buffer.from(JSON.stringify(value))),
    contentType: 'application/json',
    contentEncoding: '',
  })
  const spans = { resourceSpans: [{ resource, scopeSpans: [{ spans: [span, foreign] }] }] }
  expect(await post(url, '/v1/traces', json(spans))).toMatchObject({ status: 200, rejected: 0 })
  const log = {
    eventName: 'gen_ai.client.inference.operation.details',
    traceId: 'd'.repeat(32),
    spanId: 'd'.repeat(16),
    at: MONDAY,
    attributes: { 'gen_ai.input.messages': messages, 'gen_ai.output.messages': messages },
  }
  const body = logsRequest('triage', [log])['application/x-protobuf']
  const sent = { body, contentType: 'application/x-protobuf', contentEncoding: '' }
  expect(await post(url, '/v1/logs', sent)).toMatchObject({ status: 200 })
  const escalation = {
    id: '6f1c1b1e-0000-4000-8000-000000000001',
    agent: 'triage',
    reason: 'policy',
    question: `Decide: ${CANARIES.join(' or ')}`,
    context: { [SECRET]: SECRET },
    input: SECRET,
    output: [SECRET],
    createdAt: new Date(MONDAY).toISOString(),
  }
  expect(await post(url, '/v1/escalations', json(escalation))).toMatchObject({ status: 201 })
  async function* lines() {
    const call = {
      type: 'call',
      agent: 'triage',
      startedAt: MONDAY,
      latencySeconds: 1,
      input: SECRET,
      output: messages,
    }
    yield JSON.stringify(call)
  }
  expect(await service.importRecords(lines(), () => undefined)).toMatchObject({ inserted: 1 })
  await service.stop()
  return await everythingStored()
}

/** The bytes of the files, where the database is a file; else every row of every table. */
async function everythingStored(): Promise<string> {
  if (engine === 'sqlite')
    return readdirSync(disk.folder)
      .map((file) => readFileSync(join(disk.folder, file), 'latin1'))
      .join('')
  const rows = await Promise.all(Object.keys(TABLE_KEYS).map((table) => disk.database.query(`select * from ${table}`)))
  return JSON.stringify(rows)
}

test.for(['none', 'redacted'] as const)('no secret is in the database where the agent keeps %s', async (accept) => {
  const bytes = await sendSecrets(accept)
  expect(bytes.length).toBeGreaterThan(1000)
  for (const piece of PIECES) expect(bytes.includes(piece), piece).toBe(false)
  expect(bytes.includes('[e-mail]')).toBe(true)
  expect(bytes.includes('Reach me')).toBe(accept === 'redacted')
})

test('every secret is found where the agent keeps all: the search sees what is there', async () => {
  const bytes = await sendSecrets('all')
  for (const piece of PIECES) expect(bytes.includes(piece), piece).toBe(true)
})

test('texts are removed when they are older than their retention, and the calls stay', async () => {
  disk = serviceOnDisk({ agents: { triage: { content: { accept: 'all', retentionDays: 7 } } } })
  disk.now = MONDAY + DAY
  const service = await disk.open()
  async function* lines() {
    for (const [day, segment] of [
      [-9, 'old'],
      [-1, 'new'],
    ] as const)
      yield JSON.stringify({
        type: 'call',
        agent: 'triage',
        startedAt: MONDAY + day * DAY,
        latencySeconds: 1,
        input: 'text',
        segment,
      })
  }
  await service.importRecords(lines(), () => undefined)
  await service.runDue(disk.now)
  const kept = []
  for await (const line of service.exportRecords('triage', { from: 0, to: disk.now })) {
    const { segment, input } = JSON.parse(line) as { segment: string; input: string | null }
    kept.push([segment, input])
  }
  expect(kept).toEqual([
    ['old', null],
    ['new', 'text'],
  ])
})
