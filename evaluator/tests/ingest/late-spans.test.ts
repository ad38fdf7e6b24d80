import { afterEach, expect, test } from 'vitest'
import { parseExposition } from '../http/exposition.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { spansRequest } from './plain-spans.ts'
import { post } from './stored-calls.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
let disk: ServiceOnDisk
afterEach(() => disk.remove())

test('a call that comes after its slot has settled is kept, and counted as late', async () => {
  disk = serviceOnDisk({ agents: { triage: { schedule: { at: '08:00', settleMinutes: 15 } } } })
  const service = await disk.open()
  const { url } = await service.start()
  const slot = MONDAY + 8 * HOUR
  const send = async (key: string, at: number, now: number) => {
    disk.now = now
    const body = spansRequest('triage', { key, count: 3, at })
    return await post(url, '/v1/traces', { body, contentType: 'application/json', contentEncoding: '' })
  }
  await send('in time', slot - HOUR, slot + 14 * MINUTE)
  await send('of the next slot', slot + MINUTE, slot + 20 * MINUTE)
  expect(await send('late', slot - 1, slot + 17 * MINUTE)).toMatchObject({ status: 200, rejected: 0 })
  await send('late', slot - 1, slot + 18 * MINUTE)
  const counts = parseExposition((await service.metrics()).body)
    .samples.filter(({ name, value }) => name === 'tidemark_ingest_spans_total' && value > 0)
    .map(({ labels, value }) => [labels['outcome'], value])
  expect(Object.fromEntries(counts)).toEqual({ stored: 6, late: 3, duplicate: 3 })
  let calls = 0
  for await (const line of service.exportRecords('triage', { from: MONDAY - DAY, to: slot + HOUR }))
    calls += line === '' ? 0 : 1
  expect(calls).toBe(9)
})
