import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { afterEach, describe, expect, test } from 'vitest'
import { resolveConfiguration } from '../../src/config.ts'
import { mulberry32 } from '../../src/statistics/index.ts'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import { engine } from '../engine.ts'
import { serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

const HOUR = 3_600_000
const AGENTS = ['triage', 'billing', 'refunds', 'search']
/** Slots of each agent; one a second of real time. */
const HOURS = 18
const SEED = 20_261_124
const REPLICA = fileURLToPath(new URL('replica-process.ts', import.meta.url))

const disks: ServiceOnDisk[] = []
afterEach(async () => {
  await Promise.all(disks.splice(0).map((disk) => disk.remove()))
})

describe('two replicas that are killed at random', () => {
  test('run each slot of four agents with its effect exactly once, and come to the evidence of one process', async () => {
    const quiet = await prepared()
    quiet.disk.now = MONDAY + HOURS * HOUR
    await quiet.service.runDue(quiet.disk.now)

    const shaken = await prepared()
    const kills = await shake(shaken.disk)
    shaken.disk.now = MONDAY + HOURS * HOUR
    // what the last kill left is there for whoever comes next, once its lease has run out
    await setTimeout(1500)
    await shaken.service.runDue(shaken.disk.now)

    expect(kills).toBeGreaterThan(8)
    // some of them fell into a run, which somebody else then did anew; on SQLite a run is over before it can be met
    const again = 'select count(*) as n from run_slot where attempts > 1 and fence > 1'
    const [struck] = await shaken.disk.database.query<{ n: number }>(again)
    if (engine === 'postgres') expect(struck?.n).toBeGreaterThan(0)
    for (const agent of AGENTS) {
      const verdicts = await shaken.service.verdicts(agent, 100)
      expect(verdicts.map(({ slotAt }) => (slotAt - MONDAY) / HOUR)).toEqual(hours())
      expect(verdicts.map(lasting)).toEqual((await quiet.service.verdicts(agent, 100)).map(lasting))
    }
    const left = `select agent, slot_at from run_slot where status <> 'done'`
    expect(await shaken.disk.database.query(left)).toEqual([])
    const told = 'select count(*) as n from webhook_delivery'
    const [messages] = await shaken.disk.database.query<{ n: number }>(told)
    expect(messages).toEqual((await quiet.disk.database.query<{ n: number }>(told))[0])
    expect(messages?.n).toBeGreaterThan(AGENTS.length)
    const incidents = 'select agent, severity, opened_slot_at from incident order by agent, severity, opened_slot_at'
    const opened = await shaken.disk.database.query(incidents)
    expect(opened).toEqual(await quiet.disk.database.query(incidents))
    expect(opened.length).toBeGreaterThan(0)
  })
})

/** What does not depend on when and where a slot was run. */
function lasting(verdict: object): object {
  const { evaluatedAt, durationSeconds, incident, ...rest } = verdict as Record<string, unknown>
  expect(evaluatedAt).toBeTypeOf('number')
  expect(durationSeconds).toBeTypeOf('number')
  return { ...rest, hasIncident: incident !== null }
}

function hours(): number[] {
  return Array.from({ length: HOURS }, (_, i) => i + 1)
}

/** Four agents with a baseline and their calls of all hours, one of which breaks. */
async function prepared() {
  const disk = serviceOnDisk({
    agents: { '*': { schedule: { cadence: 'hourly', at: '00:00', settleMinutes: 0, catchUpDays: 31 } } },
    publish: {
      webhooks: [{ url: 'http://127.0.0.1:9/hook', secret: { value: 'a secret of at least 24 characters' } }],
    },
  })
  disks.push(disk)
  disk.now = MONDAY + DAY
  const service = await disk.open()
  for (const agent of AGENTS) {
    const good = dayOfCalls(MONDAY - DAY, { calls: 250, invalidEvery: 25 })
    const live = dayOfCalls(MONDAY, { calls: 24 * 30, invalidEvery: agent === 'billing' ? 2 : 25 })
    const own = [...good, ...live].map(({ call, validation }) => {
      const named = { ...call, agent, traceId: traceOf(agent, call.traceId) }
      return {
        call: named,
        validation: validation === null ? null : { ...validation, agent, traceId: named.traceId },
      }
    })
    await store(service, own)
    await service.freezeBaseline({ agent, from: MONDAY - DAY, to: MONDAY })
  }
  return { disk, service }
}

function traceOf(agent: string, traceId: string): string {
  return `${Buffer.from(agent.padEnd(4)).toString('hex').slice(0, 8)}${traceId.slice(8)}`
}

/** Lets two replicas run through the hours, and kills one of them near each slot. Returns how often. */
async function shake(disk: ServiceOnDisk): Promise<number> {
  const random = mulberry32(SEED)
  const since = Date.now() + 500
  const start = (host: string): ChildProcess => startReplica(disk, host, since)
  const replicas = [start('one'), start('two')]
  let kills = 0
  try {
    for (let hour = 1; hour <= HOURS; hour++) {
      // four slots are due now and take a few hundredths of a second: the kill falls among them
      // at a random moment, and on PostgreSQL every other time whoever is in the middle of a run
      const isAimed = engine === 'postgres' && hour % 2 === 1
      const delay = isAimed ? 0 : random() % 150
      await setTimeout(Math.max(0, since + hour * 1000 + delay - Date.now()))
      const drawn = random() % replicas.length
      const victim = (isAimed ? await killHolder(disk, replicas) : undefined) ?? drawn
      const child = replicas[victim]
      if (child === undefined) continue
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      kills++
      replicas[victim] = start(victim === 0 ? 'one' : 'two')
    }
    await setTimeout(3000)
  } finally {
    for (const child of replicas) child.kill('SIGKILL')
  }
  return kills
}

/**
 * Kills the replica that is in the middle of a run: whoever wants to end one waits for its agent, which is held here until
 * the kill. Undefined where nobody ran then.
 */
async function killHolder(disk: ServiceOnDisk, replicas: readonly ChildProcess[]): Promise<number | undefined> {
  const client = new Client({ connectionString: disk.database.url })
  await client.connect()
  try {
    await client.query('begin')
    await client.query('select name from agent for update')
    const held = "select owner from run_slot where status = 'running' and lease_until > 0"
    for (const end = Date.now() + 700; Date.now() < end;) {
      const { rows } = await client.query<{ owner: string }>(held)
      const victim = replicas.findIndex(({ pid }) => rows.some(({ owner }) => owner.split('/')[1] === String(pid)))
      if (victim >= 0) {
        replicas[victim]?.kill('SIGKILL')
        return victim
      }
    }
    return undefined
  } finally {
    await client.end()
  }
}

function startReplica(disk: ServiceOnDisk, host: string, since: number): ChildProcess {
  const config = resolveConfiguration(disk.config, 'the configuration of a test')
  const options = {
    config: JSON.stringify(config),
    host,
    from: String(MONDAY),
    since: String(since),
    until: String(MONDAY + HOURS * HOUR),
    lease: '1000',
  }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  return spawn(process.execPath, [REPLICA, ...args], { stdio: ['ignore', 'ignore', 'inherit'] })
}
