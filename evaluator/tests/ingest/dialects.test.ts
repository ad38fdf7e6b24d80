import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../src/domain/records.ts'
import type { Service } from '../../src/service.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { ANSWER, type ExportedBody, exportedBy } from './senders/exported.ts'
import { installSender } from './senders/install-sender.ts'
import { exportedByPython } from './senders/python-agent.ts'
import { evaluatedNow, post } from './stored-calls.ts'

/** What every dialect tells of the call in its own words. */
const SAID_BY_ALL = {
  provider: 'openai',
  responseModel: 'gpt-4o-2024-08-06',
  finishReason: 'stop',
  inputTokens: 20,
  outputTokens: 8,
  errorType: null,
  origin: 'production',
  variant: 'control',
} as const satisfies Partial<CallRecord>
const REQUEST = { requestModel: 'gpt-4o-mini' } as const
const RESPONSE = { responseId: 'chatcmpl-1' } as const
/** Langfuse keeps neither provider, reason nor id. */
const LANGFUSE = { provider: null, finishReason: null, requestModel: null, responseId: null } as const

type Row = readonly [sender: string, said: Partial<CallRecord>, hasContent: boolean]

const DIALECTS: readonly Row[] = [
  ['opentelemetry', { ...REQUEST, ...RESPONSE }, false],
  ['traceloop', { ...REQUEST, ...RESPONSE }, true],
  ['traceloop-before-messages', REQUEST, true],
  ['openinference', { ...REQUEST, ...RESPONSE }, true],
  ['langfuse', LANGFUSE, true],
  ['openlit', { ...REQUEST, ...RESPONSE, systemFingerprint: 'fp_1' }, true],
  ['ai-sdk-5', { ...REQUEST, ...RESPONSE }, true],
  ['ai-sdk-7', { ...REQUEST, ...RESPONSE }, true],
]

let disk: ServiceOnDisk
let service: Service
let url: string

beforeAll(async () => {
  disk = serviceOnDisk({ agents: { '*': {} } })
  disk.now = Date.now()
  service = await disk.open()
  url = (await service.start()).url
})
afterAll(() => disk.remove())

async function send(bodies: readonly ExportedBody[]): Promise<void> {
  expect(bodies.length).toBeGreaterThan(0)
  for (const body of bodies) expect(await post(url, '/v1/traces', body)).toMatchObject({ status: 200, rejected: 0 })
}

describe.for(DIALECTS)('a call told by %s', ([sender, said, hasContent]) => {
  test('is one record with the facts of the call', async ({ skip }) => {
    const folder = installSender(sender)
    if (folder === undefined) return skip()
    const before = Date.now()
    const bodies = await exportedBy(sender, folder)
    await send(bodies)
    const calls = await evaluatedNow(disk, before)
    expect(calls).toHaveLength(1)
    const [call] = calls
    expect(call).toMatchObject({ operation: 'chat', ...SAID_BY_ALL, ...said })
    expect(call?.latencySeconds).toBeGreaterThan(0)
    const messages = [call?.input, call?.output].map((text) => (text == null ? null : (JSON.parse(text) as unknown)))
    if (hasContent) {
      expect(messages[0]).toMatchObject(expect.arrayContaining([userMessage('Where is my parcel?')]))
      expect(messages[1]).toMatchObject([{ role: 'assistant', parts: [{ type: 'text', content: ANSWER }] }])
      expect(call).toMatchObject({ outputShape: 'prose', outputCharacters: ANSWER.length })
    } else expect(messages).toEqual([null, null])
  })
})

describe('a call told by the Python agent', () => {
  test('is one record with the facts of the call, from gzipped or plain protobuf', async ({ skip }) => {
    for (const compression of ['none', 'gzip']) {
      const before = Date.now()
      const bodies = await exportedByPython(['Where is my parcel?'], {
        environment: { OTEL_EXPORTER_OTLP_COMPRESSION: compression },
      })
      if (bodies === undefined) return skip()
      expect(bodies).toMatchObject([
        { contentType: 'application/x-protobuf', contentEncoding: compression === 'gzip' ? 'gzip' : '' },
      ])
      await send(bodies)
      expect(await evaluatedNow(disk, before)).toMatchObject([
        { ...SAID_BY_ALL, ...REQUEST, ...RESPONSE, agent: 'parcels', operation: 'chat', systemFingerprint: 'fp_1' },
      ])
    }
  })
})

describe('a framework around a client that is instrumented too', () => {
  test('LangChain counts once, although it starts a trace of its own', async ({ skip }) => {
    const folder = installSender('langchain-openinference')
    if (folder === undefined) return skip()
    const before = Date.now()
    await send(await exportedBy('langchain-openinference', folder))
    const stored = await storedNow(before)
    expect(stored.map(({ traceId }) => traceId)).toHaveLength(2)
    expect(new Set(stored.map(({ traceId }) => traceId)).size).toBe(2)
    expect(await evaluatedNow(disk, before)).toMatchObject([
      { ...SAID_BY_ALL, ...RESPONSE, spanId: shortest(stored).spanId },
    ])
  })

  test('the AI SDK over our fetch counts once, under the name and with the facts that we give', async ({ skip }) => {
    const folder = installSender('ai-sdk-over-tidemark')
    if (folder === undefined) return skip()
    const before = Date.now()
    await send(await exportedBy('ai-sdk-over-tidemark', folder))
    expect(await evaluatedNow(disk, before)).toMatchObject([
      { ...SAID_BY_ALL, agent: 'parcels', outputShape: 'prose', attempts: 1, systemFingerprint: 'fp_1' },
    ])
    expect((await storedNow(before)).filter(({ agent }) => agent !== 'parcels')).toHaveLength(1)
  })
})

function userMessage(content: string): unknown {
  return expect.objectContaining({ role: 'user', parts: [expect.objectContaining({ type: 'text', content })] })
}

function shortest(calls: readonly CallRecord[]): CallRecord {
  const [first] = calls.toSorted((a, b) => a.latencySeconds - b.latencySeconds)
  if (first === undefined) throw new Error('there is no call')
  return first
}

/** Records as they lie in the store, of every agent. */
async function storedNow(since: number): Promise<CallRecord[]> {
  const calls: CallRecord[] = []
  for (const { name } of await service.agentsSeen())
    for await (const line of service.exportRecords(name, { from: since, to: Date.now() + 1 }))
      calls.push(JSON.parse(line) as CallRecord)
  return calls
}
