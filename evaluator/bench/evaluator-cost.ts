import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { createDetector, type Detector, type StreamBatch, type StreamDefinition } from '../src/statistics/index.ts'
import { median } from './detection-rows.ts'
import { freezeAgent } from './frozen-agent.ts'
import type { Pool, PoolMetric } from './pool.ts'

/** CPU time of the calling process in microseconds. */
export type CpuClock = () => number

export type EvaluatorCost = {
  /** One daily run of an agent that is a year old, with segment copies. */
  readonly step: { readonly cpuMilliseconds: number }
  /** A year recomputed from stored daily statistics: the all-traffic streams, and all with segment copies. */
  readonly recompute: { readonly cpuSeconds: number; readonly withSegmentsCpuSeconds: number }
}

const SCORES = 10
const BINARY_SCORES = 4
const SEGMENTS = 10
const BASELINE_ITEMS = 250
const PER_DAY = 100
/** Daily runs after the year, of which the median counts. */
const STEPS = 7
const TICKETS_PER_YEAR = 12

/** One detector with the days it has stored. */
type Watched = {
  readonly definitions: readonly StreamDefinition[]
  readonly days: readonly (readonly (StreamBatch | null)[])[]
  readonly falsePagesPerYear: number
}

/**
 * Cost of one agent with 10 scores, 4 of them binary, and 10 segments: a page detector on all traffic, stratified by
 * segment, and a ticket detector with a copy of every stream in every segment.
 */
export function measureEvaluator(days: number, cpu: CpuClock): EvaluatorCost {
  const pool = agentPool()
  const random = seededRandom(seedOf(1, 'evaluator cost'))
  const draw = (count: number): Int32Array =>
    Int32Array.from({ length: count }, () => Math.floor(random() * pool.strata.length))
  const frozen = freezeAgent(pool, pool, draw(BASELINE_ITEMS))
  const stored = Array.from({ length: days + STEPS }, () => frozen.batch(pool, draw(PER_DAY)))
  const page: Watched = { definitions: frozen.streams, days: stored, falsePagesPerYear: 1 }
  const segments = segmentCopies(page)
  const [pageDetector, pageSeconds] = timed(() => replay(page, days), cpu)
  const [segmentDetector, segmentSeconds] = timed(() => replay(segments, days), cpu)
  const steps = Array.from({ length: STEPS }, (_, later) => {
    const [, seconds] = timed(() => {
      pageDetector.step(page.days[days + later] ?? [])
      segmentDetector.step(segments.days[days + later] ?? [])
    }, cpu)
    return 1000 * seconds
  })
  return {
    step: { cpuMilliseconds: median(steps) ?? Number.NaN },
    recompute: { cpuSeconds: pageSeconds, withSegmentsCpuSeconds: pageSeconds + segmentSeconds },
  }
}

function replay({ definitions, days, falsePagesPerYear }: Watched, count: number): Detector {
  const detector = createDetector({ streams: definitions, runsPerYear: 365, falsePagesPerYear })
  for (const day of days.slice(0, count)) detector.step(day)
  return detector
}

/** Every stream once in every segment, with that segment's items alone. */
function segmentCopies({ definitions, days }: Watched): Watched {
  const segments = Array.from({ length: SEGMENTS }, (_, segment) => segment)
  return {
    definitions: segments.flatMap((segment) =>
      definitions.map((definition): StreamDefinition => {
        const common = { name: `${definition.name}@${segment}`, weight: definition.weight / SEGMENTS }
        switch (definition.kind) {
          case 'binary':
            return { ...definition, ...common, baseline: definition.baseline.slice(segment, segment + 1) }
          case 'score':
            return { ...definition, ...common, baseline: definition.baseline.slice(segment, segment + 1) }
          case 'shape':
            return { ...definition, ...common, baseline: definition.baseline.slice(segment, segment + 1) }
        }
      }),
    ),
    days: days.map((day) =>
      segments.flatMap((segment) => day.map((batch) => (batch === null ? null : batch.slice(segment, segment + 1)))),
    ),
    falsePagesPerYear: TICKETS_PER_YEAR,
  }
}

/** Items with all scores, evenly spread over the segments. */
function agentPool(): Pool {
  const random = seededRandom(seedOf(2, 'evaluator cost'))
  const size = 5000
  const values = (isBinary: boolean): Float64Array =>
    Float64Array.from({ length: size }, () => (isBinary ? (random() < 0.95 ? 1 : 0) : random() + random() + random()))
  return {
    name: 'agent',
    strata: Uint16Array.from({ length: size }, (_, index) => index % SEGMENTS),
    stratumCount: SEGMENTS,
    metrics: Array.from({ length: SCORES }, (_, score): PoolMetric => {
      const isBinary = score < BINARY_SCORES
      return {
        name: `score${score}`,
        kind: isBinary ? 'binary' : 'score',
        direction: 'higher-better',
        isQuality: true,
        categories: 0,
        values: values(isBinary),
      }
    }),
  }
}

function timed<Result>(work: () => Result, cpu: CpuClock): readonly [Result, number] {
  const start = cpu()
  const result = work()
  return [result, (cpu() - start) / 1e6]
}
