/**
 * What the detector finds, and what it pages for nothing, on recorded outputs of real models.
 *
 * npm run bench:detection -- --data FOLDER [--quick] [--peers] [--json FILE] [--markdown FILE] [--plot FILE]
 * npm run bench:detection -- --block-h [--data FOLDER] [--quick] [--json FILE] [--markdown FILE]
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { describeError, TidemarkError } from '../src/domain/errors.ts'
import { atOurRate } from './at-our-rate.ts'
import { blockH, blockHMarkdown } from './block-h/block-h.ts'
import { detectionMarkdown } from './detection-markdown.ts'
import { FULL, planExperiments, QUICK } from './detection-plan.ts'
import { detectionPlot } from './detection-plot.ts'
import { reportOf, watchedBy } from './detection-report.ts'
import { comparePeers } from './peers/compare-peers.ts'
import { type Peer, PEERS } from './peers/python-environments.ts'
import { readDatasets } from './pools/datasets.ts'
import type { SimulationTask } from './simulation-task.ts'
import { simulateAll } from './worker-pool.ts'

const HELP = `Measures false pages and delays on recorded outputs of language models.

  npm run bench:detection -- --data FOLDER [--quick] [--peers] [--json FILE]

  --data FOLDER    holds one or more of function-calls, structured-outputs, open-ended, ticket-classification
  --quick          everything, with few repetitions
  --peers          also the packages of others, installed with pip outside the repository, on the same traffic
  --peer NAME      with --peers: this package alone; may be repeated
  --workers 2      threads
  --json FILE      { noChange, noDriftPairs, change, mixOnly }
  --markdown FILE  the same as a report with tables
  --plot FILE      delays as an SVG picture

  npm run bench:detection -- --block-h [--data FOLDER] [--quick] [--json FILE] [--markdown FILE]

  The figures that the specification states, simulated again; those of recorded outputs only with --data.
`

const WORKERS = 2
/** Years differ in length from short scenarios; small tasks keep the workers busy to the end. */
const AGENTS_PER_TASK = { noChange: 1, noDriftPairs: 1, change: 10, mixOnly: 4 } as const

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    await measure()
    return 0
  } catch (error) {
    const { code, message, next } = describeError(error)
    process.stderr.write(`${code}: ${message}\n${next}\n`)
    return error instanceof TidemarkError ? 2 : 1
  }
}

async function measure(): Promise<void> {
  const { values } = readArguments()
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  if (values['block-h']) {
    write(values, measureBlockH(values))
    return
  }
  if (values.data === undefined)
    throw new TidemarkError(
      'argument_invalid',
      '--data is missing.',
      'Give the folder of the recordings: --data FOLDER.',
    )
  const repetitions = values.quick ? QUICK : FULL
  const startedAt = Date.now()
  const datasets = readDatasets(values.data, tellLine)
  const experiments = planExperiments(datasets, repetitions)
  const owners = experiments.flatMap((experiment) =>
    chunks(experiment.agents, AGENTS_PER_TASK[experiment.list]).map((agents) => ({ experiment, agents })),
  )
  const tasks = owners.map(({ experiment: { scenario, follow }, agents }): SimulationTask => ({
    scenario,
    agents,
    follow,
  }))
  const results = await simulateAll(tasks, workers(values.workers), progress)
  process.stderr.write('\n')
  const simulated = experiments.map((experiment) => ({
    experiment,
    results: results.filter((_, index) => owners[index]?.experiment === experiment),
  }))
  const own = simulated.flatMap(({ experiment, results: ofExperiment }) => watchedBy(experiment, ofExperiment))
  const compared = values.peers ? comparePeers(simulated, peersNamed(values.peer)) : []
  const watched = [...own, ...compared, ...atOurRate([...own, ...compared])]
  const report = reportOf(watched)
  const markdown = detectionMarkdown(report, watched, {
    isQuick: values.quick,
    seconds: (Date.now() - startedAt) / 1000,
  })
  if (values.plot !== undefined) writeFileSync(values.plot, detectionPlot(report))
  write(values, { report, markdown })
}

function measureBlockH({ data, quick }: { readonly data?: string | undefined; readonly quick: boolean }) {
  const report = blockH(data === undefined ? [] : readDatasets(data, tellLine), quick, tellLine)
  return { report, markdown: blockHMarkdown(report) }
}

function write(
  { json, markdown: file }: { readonly json?: string | undefined; readonly markdown?: string | undefined },
  { report, markdown }: { readonly report: object; readonly markdown: string },
): void {
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, undefined, 2)}\n`)
  if (file !== undefined) writeFileSync(file, markdown)
  process.stdout.write(markdown)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string' },
        quick: { type: 'boolean', default: false },
        'block-h': { type: 'boolean', default: false },
        peers: { type: 'boolean', default: false },
        peer: { type: 'string', multiple: true, default: [] },
        workers: { type: 'string', default: String(WORKERS) },
        json: { type: 'string' },
        markdown: { type: 'string' },
        plot: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (cause) {
    throw new TidemarkError(
      'argument_invalid',
      cause instanceof Error ? cause.message : String(cause),
      'See --help for the options.',
      { cause },
    )
  }
}

function peersNamed(names: readonly string[]): readonly Peer[] {
  if (names.length === 0) return PEERS
  return names.map((wanted) => {
    const found = PEERS.find(({ name }) => name.toLowerCase() === wanted.toLowerCase())
    if (found !== undefined) return found
    const known = PEERS.map(({ name }) => name).join(', ')
    throw new TidemarkError('argument_invalid', `--peer is ${wanted}.`, `Use one of ${known}.`)
  })
}

function workers(text: string): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= 1 && count <= 64) return count
  throw new TidemarkError('argument_invalid', `--workers is ${text}.`, 'Give a whole number from 1 to 64.')
}

function chunks(agents: number, size: number): number[][] {
  return Array.from({ length: Math.ceil(agents / size) }, (_, chunk) =>
    Array.from({ length: Math.min(size, agents - chunk * size) }, (__, index) => chunk * size + index),
  )
}

function tellLine(line: string): void {
  process.stderr.write(`${line}\n`)
}

function progress(done: number, all: number): void {
  if (done % 20 === 0 || done === all) process.stderr.write(`\r${done} of ${all} simulations `)
}
