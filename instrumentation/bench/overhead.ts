/**
 * What instrumentation costs, measured side by side: every variant in a process of its own against one provider and one
 * collector on loopback, in interleaved batches. Two processes that run the same code differ by what the compiler made of
 * it and where the memory lies, on and on: so each round starts all of them anew, takes the median of a variant's batches,
 * and differences are taken within a round.
 *
 * npm run bench:overhead -- [--peers] [--quick] [--json out.json] [--rounds n] [--minutes n] [--heap-calls n] [--only a,b]
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { BackendUrls } from './backend.ts'
import { measureHeap } from './heap-growth.ts'
import { overheadTable } from './overhead-table.ts'
import { OWN_VARIANTS } from './own-variants.ts'
import { pairedInterval } from './paired-interval.ts'
import { type Child, startChild } from './parent-channel.ts'
import { installPeer, PEERS } from './peers.ts'
import type { OverheadReport, ScenarioCost, VariantReport } from './report.ts'
import { startVariant } from './variant-child.ts'
import type { BatchCost } from './variant-process.ts'
import { SCENARIOS, type Scenario } from './workload.ts'

const CONCURRENCIES = [16, 1] as const
type Concurrency = (typeof CONCURRENCIES)[number]

const CALLS: Readonly<Record<Scenario, Readonly<Record<Concurrency, number>>>> = {
  plain2kB: { 16: 2000, 1: 200 },
  plain100kB: { 16: 600, 1: 60 },
  stream: { 16: 200, 1: 20 },
}
/** Until the compiler has seen enough of every variant: it optimises for the last time after some 10,000 calls. */
const WARM_UP_BATCHES = 5
/** Batches whose median counts. Large ones: a process that has just waited for the others is slow for hundreds of calls. */
const BATCHES = 3
/** Fewer have no interval at 95 %. */
const FEWEST_ROUNDS = 6

const { values } = parseArgs({
  options: {
    peers: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    rounds: { type: 'string' },
    minutes: { type: 'string' },
    'heap-calls': { type: 'string' },
    only: { type: 'string' },
  },
})
const rounds = count('rounds', values.rounds, values.quick ? 6 : 10)
const minutes = count('minutes', values.minutes, values.quick ? 5 : 30)
const heapCalls = count('heap-calls', values['heap-calls'], values.quick ? 5000 : 100_000)
const only = values.only?.split(',')
const failures: Record<string, string> = {}
const names = [...Object.keys(OWN_VARIANTS), ...(values.peers ? Object.keys(PEERS) : [])].filter(
  (name) => only === undefined || ['reference', 'floor', ...only].includes(name),
)

const scratch = await mkdtemp(join(tmpdir(), 'overhead-'))
const backend = startChild(new URL('backend.ts', import.meta.url), [])
try {
  const urls = await backend.ask<BackendUrls>('start')
  const folders = await installPeers()
  const costs = await measureRounds(urls, folders)
  const spans = await backend.ask<Readonly<Record<string, number>>>('spans')
  const variants: Record<string, VariantReport> = {}
  for (const name of names.filter((variant) => variant !== 'reference' && !(variant in failures))) {
    const heap = await measureHeap(name, heapCalls, urls, folders.get(name))
    variants[name] = {
      ...scenarioCosts(costs, name, 16),
      concurrency1: scenarioCosts(costs, name, 1),
      ...heap,
      spans: spans[name] ?? 0,
      ...(PEERS[name]?.isRangeForced === true ? { isRangeForced: true } : {}),
      ...(isCounted(name, spans) ? {} : { deliversNoSpan: true }),
    }
  }
  const report: OverheadReport = {
    variants,
    run: {
      date: new Date().toISOString().slice(0, 10),
      node: process.version,
      isQuick: values.quick,
      rounds: costs.get(keyOf('reference', 'plain2kB', 16))?.length ?? 0,
      failures,
      bareCpuMicros: {
        plain2kB: bareCost(costs, 'plain2kB'),
        plain100kB: bareCost(costs, 'plain100kB'),
        stream: bareCost(costs, 'stream'),
      },
    },
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
  process.stdout.write(`${overheadTable(report)}\n`)
} finally {
  await backend.stop()
  await rm(scratch, { recursive: true, force: true })
}

async function installPeers(): Promise<ReadonlyMap<string, string>> {
  const folders = new Map<string, string>()
  for (const name of names.filter((peer) => peer in PEERS)) {
    process.stderr.write(`installing ${name}\n`)
    folders.set(name, await installPeer(name, scratch))
  }
  return folders
}

/** CPU per call, by variant, scenario and concurrency; one figure for each round. */
type Costs = ReadonlyMap<string, readonly number[]>

function keyOf(name: string, scenario: Scenario, concurrency: Concurrency): string {
  return `${name} ${scenario} ${concurrency}`
}

async function measureRounds(urls: BackendUrls, folders: ReadonlyMap<string, string>): Promise<Costs> {
  const costs = new Map<string, number[]>()
  const endsAt = performance.now() + minutes * 60_000
  // a round is whole or not there; as many as an interval needs are made however slow the machine
  for (let round = 0; round < rounds && (round < FEWEST_ROUNDS || performance.now() < endsAt); round++) {
    process.stderr.write(`round ${round + 1} of ${rounds}\n`)
    for (const [key, batches] of await measureRound(urls, folders)) {
      costs.set(key, [...(costs.get(key) ?? []), median(batches)])
    }
  }
  return costs
}

async function measureRound(urls: BackendUrls, folders: ReadonlyMap<string, string>): Promise<Costs> {
  const processes = new Map<string, Child>()
  const costs = new Map<string, number[]>()
  try {
    for (const name of names.filter((variant) => !(variant in failures))) {
      processes.set(name, startVariant({ ...urls, name, folder: folders.get(name) }))
    }
    for (let batch = -WARM_UP_BATCHES; batch < BATCHES; batch++) {
      for (const scenario of SCENARIOS) {
        for (const concurrency of CONCURRENCIES) {
          const calls = CALLS[scenario][concurrency]
          // another order each time: whoever runs after a costly neighbour pays for it in turn
          for (const name of shuffled([...processes.keys()])) {
            const cost = await processes
              .get(name)
              ?.ask<BatchCost>('batch', { scenario, calls, concurrency })
              .catch((error: unknown) => giveUp(name, error, processes))
            if (batch < 0 || cost === undefined) continue
            const key = keyOf(name, scenario, concurrency)
            costs.set(key, [...(costs.get(key) ?? []), cost.cpuMicros])
          }
        }
      }
    }
  } finally {
    for (const child of processes.values()) await child.stop()
  }
  return costs
}

function median(values: readonly number[]): number {
  const ordered = values.toSorted((a, b) => a - b)
  return ((ordered[Math.floor((values.length - 1) / 2)] ?? 0) + (ordered[Math.floor(values.length / 2)] ?? 0)) / 2
}

/** A peer that cannot do what the bare client does is named; the run goes on without it. */
async function giveUp(name: string, error: unknown, processes: Map<string, Child>): Promise<undefined> {
  if (!(name in PEERS)) throw error
  failures[name] = error instanceof Error ? (error.message.split('\n')[0] ?? name) : String(error)
  const child = processes.get(name)
  processes.delete(name)
  await child?.stop()
}

function scenarioCosts(costs: Costs, name: string, concurrency: Concurrency): Readonly<Record<Scenario, ScenarioCost>> {
  const cost = (scenario: Scenario): ScenarioCost => {
    const differences = (other: string): readonly number[] => {
      const others = costs.get(keyOf(other, scenario, concurrency)) ?? []
      return (costs.get(keyOf(name, scenario, concurrency)) ?? []).map((value, index) => value - (others[index] ?? 0))
    }
    const added = pairedInterval(differences('reference'))
    const over = pairedInterval(differences('floor'))
    return {
      addedCpuMicros: rounded(added.estimate),
      low: rounded(added.low),
      high: rounded(added.high),
      overFloorMicros: rounded(over.estimate),
      overFloorHigh: rounded(over.high),
    }
  }
  return { plain2kB: cost('plain2kB'), plain100kB: cost('plain100kB'), stream: cost('stream') }
}

function bareCost(costs: Costs, scenario: Scenario): number {
  return rounded(pairedInterval(costs.get(keyOf('reference', scenario, 16)) ?? []).estimate)
}

function isCounted(name: string, spans: Readonly<Record<string, number>>): boolean {
  return name === 'bare' || (spans[name] ?? 0) > 0
}

function rounded(micros: number): number {
  return Math.round(micros * 10) / 10
}

function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item)
}

function count(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  throw new Error(`--${name} ${text}: expected a whole number above 0`)
}
