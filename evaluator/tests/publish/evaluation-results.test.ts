import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { startReceiver, type Receiver } from './receiver.ts'

let receiver: Receiver
let disk: ServiceOnDisk

beforeEach(async () => {
  receiver = await startReceiver()
  disk = serviceOnDisk({ publish: { evaluationResults: { endpoint: receiver.url } } })
})

afterEach(async () => {
  await disk.remove()
  await receiver.stop()
})

describe('scores on their traces', () => {
  test('are an event for each score of each item, on the span of the call', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, { calls: 200, invalidEvery: 4 })
    await service.runDue(disk.now)
    await service.publish()
    const records = receiver.received.flatMap(({ path, body }) => (path === '/v1/logs' ? recordsOf(body) : []))
    expect(new Set(records.map(({ eventName }) => eventName))).toEqual(new Set(['gen_ai.evaluation.result']))
    const valid = records.filter(({ attributes }) => attributes['gen_ai.evaluation.name'] === 'valid')
    const values = valid.map(({ attributes }) => attributes['gen_ai.evaluation.score.value'])
    expect([values.length, values.filter((value) => value === 0).length]).toEqual([200, 50])
    const stored = await disk.database.query<{ trace_id: string; span_id: string }>(
      'select trace_id, span_id from call_record where started_at >= ? and started_at < ?',
      MONDAY,
      MONDAY + DAY,
    )
    expect(new Set(valid.map(({ traceId, spanId }) => `${traceId}/${spanId}`))).toEqual(
      new Set(stored.map(({ trace_id, span_id }) => `${trace_id}/${span_id}`)),
    )
    const shapes = records.filter(({ attributes }) => 'gen_ai.evaluation.score.label' in attributes)
    expect(new Set(shapes.map(({ attributes }) => attributes['gen_ai.evaluation.score.label']))).toEqual(
      new Set(['json', 'json_fenced']),
    )
  })

  test('that nobody takes hold nothing up, and the next slot is sent', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    receiver.status = 400
    await liveThrough(disk, service, 1, { calls: 20, invalidEvery: 4 })
    expect(await service.runDue(disk.now)).toHaveLength(1)
    await service.publish()
    const refused = receiver.received.length
    expect(refused).toBeGreaterThan(0)
    receiver.status = 200
    await liveThrough(disk, service, 2, { calls: 20, invalidEvery: 4 })
    await service.runDue(disk.now)
    await service.publish()
    expect(receiver.received.length).toBeGreaterThan(refused)
  })
})

type Value = { readonly stringValue?: string; readonly doubleValue?: number; readonly intValue?: number | string }

type LogsRequest = {
  readonly resourceLogs: readonly {
    readonly scopeLogs: readonly {
      readonly logRecords: readonly {
        readonly eventName: string
        readonly traceId: string
        readonly spanId: string
        readonly attributes: readonly { readonly key: string; readonly value: Value }[]
      }[]
    }[]
  }[]
}

function recordsOf(body: Buffer) {
  const request = JSON.parse(body.toString('utf8')) as LogsRequest
  return request.resourceLogs
    .flatMap(({ scopeLogs }) => scopeLogs)
    .flatMap(({ logRecords }) => logRecords)
    .map(({ attributes, ...record }) => ({
      ...record,
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, plain(value)])),
    }))
}

function plain({ stringValue, doubleValue, intValue }: Value): string | number {
  return stringValue ?? doubleValue ?? Number(intValue)
}
