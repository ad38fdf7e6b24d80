import { afterEach, beforeEach, expect, test } from 'vitest'
import { openStore } from '../../src/store/open-store.ts'
import { claimSlot } from '../../src/store/slots.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

let disk: ServiceOnDisk
beforeEach(() => {
  disk = serviceOnDisk()
})
afterEach(() => disk.remove())

test('an incident that is resolved while a slot runs lets the detector go on after that slot, as the slot itself saw it', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  await liveThrough(disk, service, 1, { calls: 100, invalidEvery: 2 })
  await service.runDue(disk.now)
  const store = await openStore(disk.database.url)
  try {
    const slot = { agent: 'triage', slotAt: MONDAY + 2 * DAY }
    await claimSlot(store.db, slot, { owner: 'another process', now: Date.now(), leaseMilliseconds: 60_000 })
  } finally {
    await store.close()
  }
  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  await service.resolveIncident(page?.id ?? '', 'fixed', 'ada')
  const rows = await disk.database.query<{ resolved_slot_at: number | string }>(
    `select resolved_slot_at from incident where severity = 'page'`,
  )
  expect(rows.map((row) => Number(row.resolved_slot_at))).toEqual([MONDAY + 2 * DAY])
})
