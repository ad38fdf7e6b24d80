import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { pino } from 'pino'
import { resolveConfiguration } from '../../src/config.ts'
import { createService } from '../../src/service.ts'

// One replica: looks for due slots all the time, on a clock that runs an hour in a second.
const { values } = parseArgs({
  options: {
    config: { type: 'string', default: '{}' },
    host: { type: 'string', default: 'host' },
    /** Start of the simulated time, and the real time at which it starts. */
    from: { type: 'string', default: '0' },
    since: { type: 'string', default: '0' },
    /** End of the simulated time. */
    until: { type: 'string', default: '0' },
    lease: { type: 'string', default: '1000' },
  },
})
const SPEED = 3600
const clock = (): number =>
  Math.min(Number(values.from) + (Date.now() - Number(values.since)) * SPEED, Number(values.until))
const service = await createService({
  config: resolveConfiguration(JSON.parse(values.config), 'the configuration of a replica'),
  clock,
  logger: pino({ level: 'silent' }),
  host: values.host,
  leaseMilliseconds: Number(values.lease),
})
for (;;) {
  // a database that ends the connection of a killed neighbour's transaction is no reason to stop
  await service.runDue(clock()).catch(() => [])
  await setTimeout(20)
}
