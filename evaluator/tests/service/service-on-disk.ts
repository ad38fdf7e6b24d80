import { pino } from 'pino'
import type { EvaluatedCall } from '../../src/scoring/evaluated-call.ts'
import { resolveConfiguration, type Configuration, type ConfigurationInput } from '../../src/config.ts'
import { createService, type Service } from '../../src/service.ts'
import { DAY, dayOfCalls, MONDAY, type DayShape } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'

/** Daily slots at midnight UTC that need no settling: the days of the tests are calendar days. */
export const MIDNIGHT_SCHEDULE = { at: '00:00', settleMinutes: 0, catchUpDays: 31 } as const

export type ServiceOnDisk = {
  readonly folder: string
  readonly database: TestDatabase
  readonly config: Configuration
  /** Time of the service, epoch milliseconds. */
  now: number
  /** A further service on the same database. */
  open(): Promise<Service>
  remove(): Promise<void>
}

/** A temporary database of the engine under test, with any number of services on it. */
export function serviceOnDisk(overrides: ConfigurationInput = {}): ServiceOnDisk {
  const database = testDatabase()
  const config = resolveConfiguration(
    {
      store: { url: database.url },
      listen: { host: '127.0.0.1', port: 0 },
      agents: { triage: { schedule: MIDNIGHT_SCHEDULE } },
      ...overrides,
    },
    'the configuration of a test',
  )
  const services: Service[] = []
  const disk: ServiceOnDisk = {
    folder: database.folder,
    database,
    config,
    now: MONDAY + 2 * DAY,
    async open() {
      await database.create()
      const service = await createService({ config, clock: () => disk.now, logger: pino({ level: 'silent' }) })
      services.push(service)
      return service
    },
    async remove() {
      await Promise.all(services.map((service) => service.stop()))
      await database.remove()
    },
  }
  return disk
}

/** Stores calls with their validations as an import does. */
export async function store(service: Service, calls: readonly EvaluatedCall[]): Promise<void> {
  await service.importRecords(recordLines(calls), () => undefined)
}

async function* recordLines(calls: readonly EvaluatedCall[]): AsyncGenerator<string> {
  for (const { call, validation } of calls) {
    yield JSON.stringify({ type: 'call', ...call })
    if (validation !== null) yield JSON.stringify({ type: 'validation', ...validation })
  }
}

/** An agent with 250 good examples frozen on the day before `MONDAY`. */
export async function withBaseline(disk: ServiceOnDisk, service: Service): Promise<void> {
  await store(service, dayOfCalls(MONDAY - DAY, { calls: 250, invalidEvery: 25 }))
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
  disk.now = MONDAY
}

/** Stores a day (1 = the Monday) and moves the clock to its end. */
export async function liveThrough(disk: ServiceOnDisk, service: Service, day: number, shape: DayShape): Promise<void> {
  disk.now = MONDAY + day * DAY
  await store(service, dayOfCalls(MONDAY + (day - 1) * DAY, shape))
}
