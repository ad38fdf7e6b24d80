import { createHmac } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { DAY, MONDAY } from '../call-records.ts'
import { liveThrough, serviceOnDisk, withBaseline, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { startReceiver, type Received, type Receiver } from './receiver.ts'

const SECRET = 'a secret of at least 24 characters'
const GOOD = { calls: 100, invalidEvery: 25 }
const BROKEN = { calls: 100, invalidEvery: 1 }

let receiver: Receiver
let disk: ServiceOnDisk

beforeEach(async () => {
  receiver = await startReceiver()
  disk = serviceOnDisk({
    publish: { url: 'http://tidemark.test', webhooks: [{ url: `${receiver.url}/hook`, secret: { value: SECRET } }] },
  })
})

afterEach(async () => {
  await disk.remove()
  await receiver.stop()
})

describe('a webhook', () => {
  test('is told of a new verdict and of its incident, signed, with a link to the slot', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, GOOD)
    await service.runDue(disk.now)
    await liveThrough(disk, service, 2, BROKEN)
    await service.runDue(disk.now)
    await service.publish()
    expect(receiver.received.map(typeOf)).toEqual(['verdict.changed', 'verdict.changed', 'incident.changed'])
    expect(receiver.received.map(dataOf)).toMatchObject([
      { agent: 'triage', verdict: 'stable', previous: null },
      {
        agent: 'triage',
        verdict: 'drift',
        previous: 'stable',
        url: `http://tidemark.test/agents/triage/verdict?slot=${encodeURIComponent(new Date(MONDAY + 2 * DAY).toISOString())}`,
      },
      { agent: 'triage', severity: 'page', state: 'open', by: null },
    ])
    for (const message of receiver.received) expect(message.headers['webhook-signature']).toBe(signatureOf(message))
  })

  test('is told once of what did not change, and of what a human made of an incident', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    for (const day of [1, 2, 3]) {
      await liveThrough(disk, service, day, BROKEN)
      await service.runDue(disk.now)
    }
    const [incident] = await service.incidents('triage')
    await service.resolveIncident(incident?.id ?? '', 'acknowledge', 'ada')
    await service.publish()
    await service.publish()
    expect(receiver.received.map(typeOf)).toEqual(['verdict.changed', 'incident.changed', 'incident.changed'])
    expect(receiver.received.map(dataOf).at(-1)).toMatchObject({ state: 'acknowledged', by: 'ada' })
  })

  test('that was away is told after a minute, by whichever process is there, with the same id', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, GOOD)
    receiver.status = 503
    await service.runDue(disk.now)
    await service.publish()
    const other = await disk.open()
    await other.publish()
    expect(receiver.received).toHaveLength(1)
    receiver.status = 200
    disk.now += 61_000
    await Promise.all([service.publish(), other.publish()])
    expect(receiver.received).toHaveLength(2)
    const [first, second] = receiver.received
    expect(second?.headers['webhook-id']).toBe(first?.headers['webhook-id'])
    expect(second?.body.equals(first?.body ?? Buffer.alloc(0))).toBe(true)
  })

  test('that is away for a day is given up', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, GOOD)
    await service.runDue(disk.now)
    receiver.status = 500
    for (let hour = 0; hour <= 30; hour++) {
      await service.publish()
      disk.now += 3_600_000
    }
    const sent = receiver.received.length
    expect(sent).toBeGreaterThan(20)
    expect(sent).toBeLessThan(28)
    receiver.status = 200
    await service.publish()
    expect(receiver.received).toHaveLength(sent)
  })

  test('that is away holds up no other one', async () => {
    await disk.remove()
    const away = await startReceiver()
    away.status = 503
    const to = (url: string) => ({ url, secret: { value: SECRET } })
    disk = serviceOnDisk({ publish: { webhooks: [to(away.url), to(receiver.url)] } })
    const service = await disk.open()
    await withBaseline(disk, service)
    for (let day = 1; day <= 25; day++) {
      await liveThrough(disk, service, day, { calls: day % 2 === 0 ? 5 : 100, invalidEvery: 25 })
      await service.runDue(disk.now)
    }
    await service.publish()
    await service.publish()
    expect(receiver.received).toHaveLength(25)
    expect(away.received).toHaveLength(2)
    await away.stop()
  })

  test('that was told is not remembered for longer than a month', async () => {
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, GOOD)
    await service.runDue(disk.now)
    await service.publish()
    const kept = () => disk.database.query<{ state: string }>('select state from webhook_delivery')
    expect(await kept()).toEqual([{ state: 'delivered' }])
    disk.now += 31 * DAY
    await service.runDue(disk.now)
    expect((await kept()).filter(({ state }) => state === 'delivered')).toEqual([])
  })

  test('hears only of its agents and its events', async () => {
    await disk.remove()
    const to = (path: string, rest: object) => ({ url: `${receiver.url}${path}`, secret: { value: SECRET }, ...rest })
    disk = serviceOnDisk({
      publish: {
        webhooks: [to('/others', { agents: ['billing-*'] }), to('/incidents', { events: ['incident.changed'] })],
      },
    })
    const service = await disk.open()
    await withBaseline(disk, service)
    await liveThrough(disk, service, 1, BROKEN)
    await service.runDue(disk.now)
    await service.publish()
    expect(receiver.received.map(({ path }) => path)).toEqual(['/incidents'])
    expect(receiver.received.map(typeOf)).toEqual(['incident.changed'])
  })

  test('with a secret that is too short is refused at the start, without the secret', async () => {
    const short = serviceOnDisk({ publish: { webhooks: [{ url: receiver.url, secret: { value: 'hunter2' } }] } })
    await expect(short.open()).rejects.toMatchObject({ code: 'config_invalid' })
    await expect(short.open()).rejects.not.toThrow(/hunter2/u)
    await short.remove()
  })
})

function bodyOf({ body }: Received): { type: string; data: unknown } {
  return JSON.parse(body.toString('utf8')) as { type: string; data: unknown }
}

function typeOf(message: Received): string {
  return bodyOf(message).type
}

function dataOf(message: Received): unknown {
  return bodyOf(message).data
}

function signatureOf({ headers, body }: Received): string {
  const signed = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body.toString('utf8')}`
  return `v1,${createHmac('sha256', SECRET).update(signed).digest('base64')}`
}
