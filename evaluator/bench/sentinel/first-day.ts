import { parseArgs } from 'node:util'
import { recordedPairs } from './recorded-cases.ts'
import { medianDays, sentinelDelays } from './sentinel-delay.ts'

/** Right answers lost, in points, from which on a pair counts. */
const LEAST_LOST_POINTS = 4

const { values } = parseArgs({
  options: { data: { type: 'string', default: '../shared/data' }, agents: { type: 'string', default: '100' } },
})
const pairs = recordedPairs(`${values.data}/function-calls`).filter(({ lostPoints }) => lostPoints >= LEAST_LOST_POINTS)
for (const pair of pairs.toSorted((a, b) => b.lostPoints - a.lostPoints)) {
  const [all, fifth] = [250, 50].map((perDay) =>
    medianDays(sentinelDelays(pair, { inputs: 250, perDay, agents: Number(values.agents) })),
  )
  process.stdout.write(
    `${pair.name}: -${pair.lostPoints.toFixed(1)} points, median days at 250: ${all}, at 50: ${fifth}\n`,
  )
}
