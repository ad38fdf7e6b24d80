/** One variant in a process of its own, so that no other one's patches, timers or garbage are in its figures. */
import { parseArgs } from 'node:util'
import { OWN_VARIANTS, type Variant } from './own-variants.ts'
import { serveParent } from './parent-channel.ts'
import { startPeer } from './peers.ts'
import { type Batch, type Request, requestBodies, runBatch, type Scenario } from './workload.ts'

/** Of one batch, export included. */
export interface BatchCost {
  /** User and system time of this process, microseconds per call. */
  readonly cpuMicros: number
  readonly medianMicros: number
}

export interface HeapCost {
  readonly calls: number
  readonly heapGrowthBytes: number
  readonly medianMicros: number
  readonly droppedSpans: number | undefined
}

/** Calls at a time while the collector is away. */
const HEAP_CONCURRENCY = 16
const SETTLE_CALLS = 500

const { values } = parseArgs({
  options: {
    variant: { type: 'string', default: '' },
    provider: { type: 'string', default: '' },
    collector: { type: 'string', default: '' },
    folder: { type: 'string' },
  },
})
const variant = start(values.variant, values.folder)
const bodies = new Map<Scenario, readonly Request[]>()

serveParent({ batch: batchCost, heap: ({ calls }) => heapCost(calls) })

function start(name: string, folder: string | undefined): Variant {
  const { provider, collector } = values
  if (folder !== undefined) return startPeer(name, folder, { provider, collector })
  const setup = OWN_VARIANTS[name]
  if (setup === undefined) throw new Error(`no variant is called ${name}`)
  return setup({ provider, collector })
}

async function batchCost(batch: Batch): Promise<BatchCost> {
  const requests = bodiesOf(batch.scenario)
  collectOwnGarbage()
  const before = process.cpuUsage()
  const durations = await runBatch(variant.create, requests, batch)
  await variant.flush()
  collectOwnGarbage()
  const { user, system } = process.cpuUsage(before)
  return { cpuMicros: (user + system) / batch.calls, medianMicros: medianMicros(durations) }
}

/**
 * Earlier batches' garbage is not this one's, and all of its own is. A full collection while no call is under way would
 * throw compiled code away with the shapes it was compiled for, and the batch would measure the interpreter.
 */
function collectOwnGarbage(): void {
  globalThis.gc?.({ type: 'minor' })
}

/** No flush: nobody waits for a collector that is away. */
async function heapCost(calls: number): Promise<HeapCost> {
  const requests = bodiesOf('plain2kB')
  await runBatch(variant.create, requests, { scenario: 'plain2kB', calls: SETTLE_CALLS, concurrency: HEAP_CONCURRENCY })
  const before = heldBytes()
  const durations: number[] = []
  // in pieces: the list of durations must not be taken for a leak
  for (let done = 0; done < calls; done += PIECE) {
    const batch = { scenario: 'plain2kB', calls: Math.min(PIECE, calls - done), concurrency: HEAP_CONCURRENCY } as const
    durations.push(medianMicros(await runBatch(variant.create, requests, batch)))
  }
  const heapGrowthBytes = heldBytes() - before
  return { calls, heapGrowthBytes, medianMicros: middle(durations), droppedSpans: variant.dropped?.() }
}
const PIECE = 1000

function bodiesOf(scenario: Scenario): readonly Request[] {
  const known = bodies.get(scenario)
  if (known !== undefined) return known
  const made = requestBodies(scenario)
  bodies.set(scenario, made)
  return made
}

function heldBytes(): number {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

function medianMicros(milliseconds: readonly number[]): number {
  return middle(milliseconds) * 1000
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}
