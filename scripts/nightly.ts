// node scripts/nightly.ts: what takes too long for every change. A hundred kills -9 on each engine, over ingest, runs, freezing,
// making the tables, importing and moving a store; 100,000 malformed payloads; then five minutes of ingest, whose memory has to
// stay flat.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report, runStep } from './runner.ts'

/** Times the six tests of evaluator/tests/cli/crash.test.ts. */
const KILLS_PER_TEST = 17
const INGEST_SECONDS = 300
const MALFORMED_PAYLOADS = 100_000
/** A heap moves by some tens of megabytes; a leak of one byte a span would show as more. */
const MOST_GROWTH_MEGABYTES = 100

const folder = mkdtempSync(join(tmpdir(), 'tidemark-nightly-'))
const figures = join(folder, 'figures.json')
const kills = await runStep(
  {
    name: `${KILLS_PER_TEST * 6} kills on each engine`,
    command: 'vitest',
    args: ['run', '--testTimeout=3600000', 'evaluator/tests/cli/crash.test.ts'],
  },
  { TIDEMARK_KILLS: String(KILLS_PER_TEST) },
)
console.log(report(kills))
const malformed = await runStep(
  {
    name: `${MALFORMED_PAYLOADS} malformed payloads`,
    command: 'vitest',
    args: ['run', '--testTimeout=3600000', 'evaluator/tests/ingest/malformed-senders.test.ts'],
  },
  { TIDEMARK_MALFORMED: String(MALFORMED_PAYLOADS) },
)
console.log(report(malformed))
const ingest = await runStep({
  name: `${INGEST_SECONDS} s of ingest on each engine`,
  command: 'node',
  args: ['evaluator/bench/evaluator.ts', '--seconds', String(INGEST_SECONDS), '--json', figures],
})
console.log(report(ingest))
const growth = ingest.isGood ? growthOf(figures) : []
for (const { engine, megabytes } of growth) console.log(`memory grew by ${megabytes.toFixed(0)} MB on ${engine}`)
const isFlat = growth.every(({ megabytes }) => megabytes <= MOST_GROWTH_MEGABYTES)
rmSync(folder, { recursive: true })
process.exitCode = kills.isGood && malformed.isGood && ingest.isGood && isFlat ? 0 : 1

function growthOf(file: string): { engine: string; megabytes: number }[] {
  type Engine = { residentMegabytes: { early: number; late: number } } | null
  const { ingest: engines }: { ingest: Record<string, Engine> } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.entries(engines).flatMap(([engine, measured]) =>
    measured === null
      ? []
      : [{ engine, megabytes: measured.residentMegabytes.late - measured.residentMegabytes.early }],
  )
}
