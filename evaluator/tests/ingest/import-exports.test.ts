import { afterEach, describe, expect, test } from 'vitest'
import type { CallRecord } from '../../src/domain/records.ts'
import type { ImportOptions } from '../../src/service/import-records.ts'
import type { Service } from '../../src/service.ts'
import { externalScoresIn } from '../../src/store/signals.ts'
import { openStore } from '../../src/store/open-store.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'

let disk: ServiceOnDisk
afterEach(() => disk.remove())

async function opened(): Promise<Service> {
  disk = serviceOnDisk({ agents: { parcels: {} } })
  disk.now = MONDAY + DAY
  return await disk.open()
}

async function imported(service: Service, text: string, options: ImportOptions = { agent: 'parcels' }) {
  async function* lines() {
    yield* text.split('\n')
  }
  return await service.importRecords(lines(), () => undefined, options)
}

async function calls(service: Service): Promise<CallRecord[]> {
  const found: CallRecord[] = []
  for await (const line of service.exportRecords('parcels', { from: 0, to: disk.now }))
    found.push(JSON.parse(line) as CallRecord)
  return found
}

const START = new Date(MONDAY).toISOString()
const END = new Date(MONDAY + 1500).toISOString()
const CALL = {
  agent: 'parcels',
  operation: 'chat',
  responseModel: 'gpt-4o-2024-08-06',
  inputTokens: 20,
  outputTokens: 8,
  latencySeconds: 1.5,
  startedAt: MONDAY,
}

const observation = {
  id: '6a1f6a34-0e0c-4b61-9d3f-0e7c3d6b1a11',
  traceId: 'a3c1b1f0-7c1e-4d0a-8f55-1f2f3e4d5c6b',
  type: 'GENERATION',
  name: 'answer',
  startTime: START,
  endTime: END,
  parentObservationId: null,
  model: 'gpt-4o-2024-08-06',
  modelParameters: { temperature: 0 },
  input: { messages: [{ role: 'user', content: 'Where is it?' }] },
  output: { role: 'assistant', content: 'On Tuesday.' },
  level: 'DEFAULT',
  promptName: 'answer',
  promptVersion: 3,
  usageDetails: { input: 16, input_cached_tokens: 4, output: 8, total: 28 },
}
const span = { ...observation, id: 'span-1', type: 'SPAN', model: null }
const score = {
  id: 'score-1',
  timestamp: END,
  traceId: observation.traceId,
  observationId: observation.id,
  name: 'helpful',
  value: 1,
  dataType: 'BOOLEAN',
  source: 'ANNOTATION',
}
const trace = { id: observation.traceId, sessionId: 'session-9', observations: [observation, span], scores: [score] }
const CSV = [
  'id,traceId,type,startTime,endTime,model,input,output,usageDetails',
  `o-1,t-1,GENERATION,${START},${END},gpt-4o-2024-08-06,"Where, ""exactly""`,
  `is it?",On Tuesday.,"{""input"":20,""output"":8}"`,
].join('\n')

describe('exports of Langfuse', () => {
  const files: readonly (readonly [string, string, Partial<CallRecord>])[] = [
    [
      'JSON lines of observations',
      [observation, span].map((row) => JSON.stringify(row)).join('\n'),
      { promptVersion: '3' },
    ],
    ['an array over many lines', JSON.stringify([observation, span], null, 2), { promptName: 'answer' }],
    ['a page of the API', JSON.stringify({ data: [observation, span], meta: { page: 1 } }), {}],
    ['traces with their observations and scores', JSON.stringify([trace]), { conversationId: 'session-9' }],
    [
      'rows of the blob storage export',
      JSON.stringify({
        id: 'o-1',
        trace_id: 't-1',
        type: 'GENERATION',
        start_time: START.replace('T', ' ').replace('Z', ''),
        end_time: END.replace('T', ' ').replace('Z', ''),
        provided_model_name: 'gpt-4o-2024-08-06',
        usage_details: { input: 20, output: 8 },
      }),
      {},
    ],
    [
      'CSV with quotes and line ends inside a field',
      CSV,
      { input: expect.stringContaining(String.raw`Where, \"exactly\"\nis it?`) },
    ],
  ]
  test.for(files)('as %s become calls, once however often they are read', async ([, text, more]) => {
    const service = await opened()
    expect((await imported(service, text)).inserted).toBeGreaterThan(0)
    expect((await imported(service, text)).inserted).toBe(0)
    expect(await calls(service)).toEqual([expect.objectContaining({ ...CALL, ...more })])
  })

  test('bring their scores, under the call they were given for', async () => {
    const service = await opened()
    expect(await imported(service, JSON.stringify([trace]))).toMatchObject({ inserted: 2, skipped: { no_call: 1 } })
    const [call] = await calls(service)
    const store = await openStore(disk.config.store.url)
    expect(await externalScoresIn(store.db, 'parcels', { from: 0, to: disk.now })).toMatchObject([
      { name: 'helpful', value: 1, source: 'langfuse annotation', traceId: call?.traceId, spanId: call?.spanId },
    ])
    await store.close()
  })

  test('with rows before the retention keep the others, and count what was left out', async () => {
    const service = await opened()
    const old = { ...observation, id: 'old', startTime: '2019-01-01T00:00:00Z', endTime: '2019-01-01T00:00:01Z' }
    const broken = { ...observation, id: 'broken', startTime: 'yesterday' }
    const text = [old, observation, broken].map((row) => JSON.stringify(row)).join('\n')
    expect(await imported(service, text)).toEqual({
      lines: 3,
      inserted: 1,
      skipped: { clock_in_the_past: 1, malformed: 1 },
    })
  })
})

const attributes = {
  'openinference.span.kind': 'LLM',
  'llm.model_name': 'gpt-4o-2024-08-06',
  'llm.token_count.prompt': 20,
  'llm.token_count.completion': 8,
  'input.value': 'Where is it?',
  'session.id': 'session-9',
}
const ids = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) }

describe('exports of Phoenix', () => {
  const frame = {
    name: 'ChatCompletion',
    span_kind: 'LLM',
    parent_id: null,
    start_time: MONDAY,
    end_time: MONDAY + 1500,
    status_code: 'OK',
    'context.span_id': ids.span_id,
    'context.trace_id': ids.trace_id,
    ...Object.fromEntries(Object.entries(attributes).map(([key, value]) => [`attributes.${key}`, value])),
    'attributes.llm.input_messages': [{ 'message.role': 'user' }],
    'attributes.metadata': null,
  }
  const page = {
    data: [
      { id: 'x', name: 'ChatCompletion', context: ids, span_kind: 'LLM', start_time: START, end_time: END, attributes },
    ],
  }
  const nested = {
    ...page.data[0],
    attributes: {
      openinference: { span: { kind: 'LLM' } },
      llm: { model_name: 'gpt-4o-2024-08-06', token_count: { prompt: 20, completion: 8 } },
      input: { value: 'Where is it?' },
      session: { id: 'session-9' },
    },
  }
  test.for([
    ['columns of its data frame', JSON.stringify(frame)],
    ['a page of its API', JSON.stringify(page)],
    ['spans with nested attributes', JSON.stringify(nested)],
  ] as const)('as %s become calls, once however often they are read', async ([, text]) => {
    const service = await opened()
    expect(await imported(service, text)).toMatchObject({ inserted: 1 })
    expect(await imported(service, text)).toMatchObject({ inserted: 0 })
    expect(await calls(service)).toMatchObject([
      {
        ...CALL,
        traceId: ids.trace_id,
        spanId: ids.span_id,
        conversationId: 'session-9',
        input: expect.stringContaining('Where is it?') as string,
      },
    ])
  })
})

describe('an import', () => {
  test('goes on behind the rows that are passed over', async () => {
    const service = await opened()
    const rows = [1, 2, 3].map((n) => JSON.stringify({ ...observation, id: `o-${n}` })).join('\n')
    expect(await imported(service, rows, { agent: 'parcels', from: 3 })).toMatchObject({ lines: 3, inserted: 1 })
  })

  test.for([
    ['an export without an agent', JSON.stringify(observation), {}, 'names no agent'],
    ['an agent that is not configured', JSON.stringify(observation), { agent: 'nobody' }, 'not in the configuration'],
    [
      'a file that ends inside an object',
      `[${JSON.stringify(observation).slice(0, 90)}`,
      { agent: 'parcels', format: 'langfuse' as const },
      'ends inside',
    ],
    ['an object that is no JSON', '{"id": nothing}', { agent: 'parcels', format: 'phoenix' as const }, 'Line 1'],
    ['a file without rows', '[]', { agent: 'parcels', format: 'langfuse' as const }, 'no row'],
  ] as const)('of %s is refused with what to do', async ([, text, options, says]) => {
    const service = await opened()
    await expect(imported(service, text, options)).rejects.toMatchObject({
      code: 'import_invalid',
      message: expect.stringContaining(says) as string,
    })
  })
})
