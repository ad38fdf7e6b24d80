/**
 * What the evaluator costs: spans it takes in, CPU time of a daily run and of a full recomputation for one agent with a year
 * behind it, and two hundred agents in one process.
 *
 * npm run bench:evaluator -- [--json FILE] [--seconds COUNT]
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { measureEvaluator } from './evaluator-cost.ts'
import { measureIngest, type IngestFigures } from './ingest.ts'

const DAYS = 365

const { values } = parseArgs({ options: { json: { type: 'string' }, seconds: { type: 'string', default: '10' } } })
const seconds = Number(values.seconds)
if (!(seconds > 0)) throw new Error(`--seconds ${values.seconds} is no time: give how long each engine takes spans in`)
const cost = measureEvaluator(DAYS, () => {
  const { user, system } = process.cpuUsage()
  return user + system
})
const { ingest, agents } = await measureIngest(seconds)
const report = `One agent after ${DAYS} days, 10 scores, 10 segments, CPU time of one core:
  daily run, segment copies included   ${cost.step.cpuMilliseconds.toFixed(1)} ms
  full recomputation, all traffic      ${cost.recompute.cpuSeconds.toFixed(2)} s
  full recomputation, with segments    ${cost.recompute.withSegmentsCpuSeconds.toFixed(2)} s
Ingest over HTTP on one core, protobuf, 512 spans a request, ${seconds} s an engine:
${line('SQLite', ingest.sqlite)}
${ingest.postgres === null ? '  PostgreSQL   not there' : line('PostgreSQL', ingest.postgres)}
${agents.count} agents in one process:
  one scrape of /metrics               ${agents.metricsMilliseconds.toFixed(0)} ms
  memory                               ${agents.residentMegabytes.toFixed(0)} MB
`
process.stdout.write(report)
if (values.json !== undefined)
  writeFileSync(values.json, `${JSON.stringify({ ingest, ...cost, agents }, undefined, 2)}\n`)

function line(name: string, figures: IngestFigures): string {
  const { spansPerSecond, bareInsertPerSecond, p99Milliseconds, residentMegabytes } = figures
  const share = ((100 * spansPerSecond) / bareInsertPerSecond).toFixed(0)
  const memory = `${residentMegabytes.early.toFixed(0)} to ${residentMegabytes.late.toFixed(0)} MB`
  return `  ${name.padEnd(12)} ${spansPerSecond.toFixed(0)} spans/s, ${share} % of a bare insert (${bareInsertPerSecond.toFixed(0)}/s), p99 ${p99Milliseconds.toFixed(0)} ms, memory ${memory}`
}
