/**
 * What the evaluator costs: CPU time of a daily run and of a full recomputation for one agent with a year behind it.
 *
 * npm run bench:evaluator -- [--json FILE]
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureEvaluator } from './evaluator-cost.ts'

const DAYS = 365

const { values } = parseArgs({ options: { json: { type: 'string' } } })
const cost = measureEvaluator(DAYS, () => {
  const { user, system } = process.cpuUsage()
  return user + system
})
const report = `One agent after ${DAYS} days, 10 scores, 10 segments, CPU time of one core:
  daily run, segment copies included   ${cost.step.cpuMilliseconds.toFixed(1)} ms
  full recomputation, all traffic      ${cost.recompute.cpuSeconds.toFixed(2)} s
  full recomputation, with segments    ${cost.recompute.withSegmentsCpuSeconds.toFixed(2)} s
`
process.stdout.write(report)
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(cost, undefined, 2)}\n`)
