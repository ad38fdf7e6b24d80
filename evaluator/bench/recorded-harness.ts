/**
 * How far a demo set flatters, on recordings: `npm run bench:harness -- [--data ../shared/data] [--json out.json] [--out folder]`.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { HarnessReport } from '../src/service/run-harness.ts'
import { recordedFunctionCalls, recordedTickets, type RecordedExample } from './harness-recordings.ts'
import { markdownTable } from './markdown-table.ts'

const PROGRAM = fileURLToPath(new URL('../bin/tidemark.js', import.meta.url))

/** What a comparison is called, and what stands for the demo set and for real inputs. */
export type RecordedComparison = {
  readonly name: string
  readonly demo: readonly RecordedExample[]
  readonly real: readonly RecordedExample[]
  readonly runs: number
}

/** The demo set of the function calls: what one shows first, one function and one call. */
const DEMO_CALLS = 100

export function recordedComparisons(data: string): RecordedComparison[] {
  const calls = recordedFunctionCalls(join(data, 'function-calls'))
  const simple = calls.filter(({ segment }) => segment === 'simple').slice(0, DEMO_CALLS)
  const shown = new Set(simple.map(({ id }) => id))
  const others = calls.filter(({ id }) => !shown.has(id))
  const tickets = recordedTickets(join(data, 'ticket-classification'), 'retrieval-examples')
  return [
    { name: 'simple calls / all categories', demo: simple, real: others, runs: 1 },
    { name: 'curated tickets / all categories', demo: tickets, real: others, runs: 1 },
    { name: 'no demo / curated tickets', demo: [], real: tickets, runs: 3 },
  ]
}

/** Draws 250 real examples with the real program, runs its harness against the recordings, and returns its report. */
export async function runRecorded({ demo, real, runs }: RecordedComparison, folder: string): Promise<HarnessReport> {
  mkdirSync(folder, { recursive: true })
  const grades = new Map([...demo, ...real].map(({ id, outputs, isCorrect }) => [id, [outputs, isCorrect]]))
  writeFileSync(join(folder, 'grades.json'), JSON.stringify(Object.fromEntries(grades)))
  // what was recorded with an answer stands for the team's own grader
  writeFileSync(
    join(folder, 'grader.mjs'),
    `import { readFileSync } from 'node:fs'
const grades = JSON.parse(readFileSync(new URL('./grades.json', import.meta.url), 'utf8'))
export const score = ({ example, output }) => {
  const [outputs, isCorrect] = grades[example]
  return isCorrect[outputs.indexOf(output.text)] ? 1 : 0
}
`,
  )
  writeFileSync(
    join(folder, 'tidemark.yaml'),
    'store: { url: "sqlite:./tidemark.db" }\nagents: { recorded: { segments: [tidemark.segment], content: { accept: all }, scores: [{ name: correct, from: module, file: ./grader.mjs, kind: binary }] } }\n',
  )
  writeFileSync(join(folder, 'population.jsonl'), exampleLines(real))
  if (demo.length > 0) writeFileSync(join(folder, 'demo.jsonl'), exampleLines(demo))
  const target = await recordedTarget([...demo, ...real])
  try {
    await tidemark(
      folder,
      'sample',
      '--agent',
      'recorded',
      '--source',
      'file',
      '--file',
      'population.jsonl',
      '--n',
      '250',
    )
    const more = demo.length > 0 ? ['--demo', 'demo.jsonl'] : []
    await tidemark(
      folder,
      'harness',
      '--agent',
      'recorded',
      '--target',
      target.url,
      '--examples',
      'real.jsonl',
      '--runs',
      String(runs),
      '--out',
      'run',
      ...more,
    )
  } finally {
    await target.close()
  }
  const report: HarnessReport = JSON.parse(readFileSync(join(folder, 'run', 'report.json'), 'utf8'))
  return report
}

function exampleLines(examples: readonly RecordedExample[]): string {
  return examples.map(({ id, input, segment }) => `${JSON.stringify({ id, input, segment })}\n`).join('')
}

async function recordedTarget(examples: readonly RecordedExample[]) {
  const byId = new Map(examples.map((example) => [example.id, example]))
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { id, run }: { id: string; run: number } = JSON.parse(Buffer.concat(chunks).toString())
      const { outputs = [], latencySeconds = 0 } = byId.get(id) ?? {}
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ output: outputs[(run - 1) % outputs.length] ?? '', latencySeconds }))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the recorded target listens on no port')
  return {
    url: `http://127.0.0.1:${address.port}/run`,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Exit codes 3 and 4 are verdicts. */
async function tidemark(folder: string, ...args: string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...args], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = await once(child, 'close')
  if (code !== 0 && code !== 3 && code !== 4)
    throw new Error(`tidemark ${args[0]} ended with ${String(code)}: ${errors}`)
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { data: { type: 'string', default: '../shared/data' }, json: { type: 'string' }, out: { type: 'string' } },
  })
  const folder = values.out ?? mkdtempSync(join(tmpdir(), 'tidemark-recorded-harness-'))
  const rows: string[][] = []
  const results: Record<string, unknown>[] = []
  for (const [i, comparison] of recordedComparisons(resolve(values.data)).entries()) {
    const { real, demo, gap, readiness, flaky, detectable } = await runRecorded(comparison, join(folder, String(i)))
    rows.push([
      comparison.name,
      demo === null ? '–' : `${share(demo.total.rate)} of ${demo.total.judged}`,
      `${share(real.total.rate)} of ${real.total.judged} (${share(real.total.lower)} to ${share(real.total.upper)})`,
      gap === null ? '–' : `${share(gap.difference)} (${share(gap.lower)} to ${share(gap.upper)})`,
      flaky === null ? '–' : `${flaky.inputs} of ${flaky.of}`,
      share(detectable.fall),
      readiness.verdict,
    ])
    results.push({
      name: comparison.name,
      demo: demo?.total ?? null,
      real: real.total,
      segments: real.segments,
      gap,
      flaky,
      detectable,
      readiness,
    })
  }
  process.stdout.write(
    `${markdownTable(['demo / real', 'demo', 'real', 'gap', 'waver', 'fall found', 'verdict'], rows)}\n`,
  )
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results, null, 2)}\n`)
  if (values.out === undefined) rmSync(folder, { recursive: true, force: true })
}

function share(value: number | undefined | null): string {
  return value === null || value === undefined ? '–' : `${(value * 100).toFixed(1)} %`
}

if (import.meta.main) await main()
