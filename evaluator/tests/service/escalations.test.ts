import { afterEach, beforeEach, expect, test } from 'vitest'
import { DAY, decisionRecord, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('an agent that hands most of its work to people is in drift with a ticket, although no score moved', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 25 })
  async function* lines(): AsyncGenerator<string> {
    for (let i = 0; i < 200; i++) {
      const at = MONDAY + DAY / 2 + i
      yield JSON.stringify({
        type: 'decision',
        ...decisionRecord(`d${i}`, { at, route: i < 160 ? 'escalated' : 'auto' }),
      })
    }
  }
  await service.importRecords(lines(), () => undefined)
  await service.runDue(disk.now)
  const verdict = await service.verdict('triage')
  expect(verdict).toMatchObject({ verdict: 'drift', onset: null, incident: { severity: 'ticket' } })
  expect(verdict?.summary).toBe('More decisions went to people than the limit allows; in this slot 80 % of 200.')
})
