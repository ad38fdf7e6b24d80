import { describe, expect, it } from 'vitest'
import type { BinaryCount, BinCounts, Moments } from '../daily/stratum-statistics.ts'
import { replayStrata } from '../daily/fold.ts'
import { type ExpectedRun, golden, isWithin, type Row, type Tolerance } from '../golden.ts'
import { createDetector, type Detector } from './detector.ts'
import type { DetectorStep } from './detector-step.ts'
import type { Direction, StreamKind } from './effect-prior.ts'
import type { StreamDefinition } from './stream.ts'
import type { StreamBatch } from './stream-input.ts'

type Rows = Row[]

const detectorPaths = golden('detector-paths')

const replayPaths = golden('replay-paths')

const binary = (rows: Rows): BinaryCount[] => rows.map(([n, x]) => ({ n: n!, x: x! }))
const score = (rows: Rows): Moments[] => rows.map(([n, mean, m2]) => ({ n: n!, mean: mean!, m2: m2! }))
const shape = (rows: Rows): BinCounts[] => rows
const batchOf = (kind: StreamKind, rows: Rows): StreamBatch =>
  kind === 'binary' ? binary(rows) : kind === 'score' ? score(rows) : shape(rows)

function definitionOf(
  common: { name: string; weight: number; direction: Direction; tolerance: number },
  kind: StreamKind,
  baseline: Rows,
): StreamDefinition {
  if (kind === 'binary') return { ...common, kind, baseline: binary(baseline) }
  if (kind === 'score') return { ...common, kind, baseline: score(baseline) }
  return { ...common, kind, baseline: shape(baseline) }
}

describe('golden detector paths', () => {
  const { tolerance, paths } = detectorPaths
  it.each(paths)('$name', ({ config, streams, batches, expected, pageRuns }) => {
    const detector = createDetector({
      streams: streams.map(({ kind, baseline, direction, weight, tolerance }, j) =>
        definitionOf({ name: String(j), direction, weight, tolerance }, kind, baseline),
      ),
      ...budgetFor(config),
      lump: config.lump,
    })
    const pages = replay(
      detector,
      batches.map((rows) => rows?.map((row, j) => batchOf(streams[j]!.kind, row)) ?? streams.map(() => null)),
      expected,
      { tolerance, restarts: config.afterPage === 'restart' },
    )
    expect(pages).toEqual(pageRuns)
  })
})

describe('golden replay paths', () => {
  const { tolerance, paths } = replayPaths
  it.each(paths)('$name', ({ binary, frozen, runs, expected }) => {
    const fold = (items: [number, number][]): StreamBatch => {
      const scored = items.map(([stratum, value]) => ({ stratum, value }))
      return binary ? replayStrata(scored, 'binary') : replayStrata(scored, 'score')
    }
    const baseline = fold(frozen.flatMap((values, i) => values.map((value): [number, number] => [i, value])))
    const common = { name: 'replay', weight: 1, direction: 'higher-better', tolerance: 0 } as const
    const rows = baseline.map((entry) =>
      'x' in entry ? [entry.n, entry.x] : 'm2' in entry ? [entry.n, entry.mean, entry.m2] : [],
    )
    const definition = definitionOf(common, binary ? 'binary' : 'score', rows)
    const detector = createDetector({ streams: [definition], runsPerYear: 365, falsePagesPerYear: 1 })
    replay(
      detector,
      runs.map((items) => [fold(items)]),
      expected,
      { tolerance, restarts: false },
    )
  })
})

/** A forced threshold A is reached through (T + T/4) / 1 = A. */
function budgetFor({
  runsPerYear,
  falsePagesPerYear,
  A,
}: {
  runsPerYear: number
  falsePagesPerYear: number
  A: number
}) {
  const natural = (runsPerYear * (1 + 1 / (4 * Math.max(1, falsePagesPerYear)))) / falsePagesPerYear
  return Math.abs(natural - A) < 1e-6 * A
    ? { runsPerYear, falsePagesPerYear }
    : { runsPerYear: A / 1.25, falsePagesPerYear: 1 }
}

function replay(
  detector: Detector,
  batches: (StreamBatch | null)[][],
  expected: (ExpectedRun | null)[],
  { tolerance, restarts }: { tolerance: Tolerance; restarts: boolean },
): number[] {
  const pages: number[] = []
  const failures: string[] = []
  const check = (what: string, actual: number | null, wanted: number | null): void => {
    const met = actual === null || wanted === null ? actual === wanted : isWithin(actual, wanted, tolerance)
    if (!met) failures.push(`${what}: ${actual} against ${wanted}`)
  }
  batches.forEach((batch, t) => {
    const wanted = expected[t]!
    const step = detector.step(batch)
    if (wanted === null || step === null) return expect(step).toEqual(wanted)
    compare(step, wanted, `run ${t + 1}`, check)
    if (wanted.logPage !== undefined) {
      expect(step.pages, `page at run ${t + 1}`).toBe(wanted.page ?? false)
      check(`run ${t + 1} log P`, step.logGated, wanted.logPage)
    } else expect(step.pages).toBe(false)
    if (step.pages) {
      pages.push(t + 1)
      if (restarts) detector.restart(step.onset)
    }
  })
  expect(failures.slice(0, 10)).toEqual([])
  return pages
}

function compare(
  step: DetectorStep,
  wanted: ExpectedRun,
  where: string,
  check: (what: string, actual: number | null, wanted: number | null) => void,
): void {
  check(`${where} log R`, step.logEvidence, wanted.logR)
  step.streams.forEach((stream, j) => {
    check(`${where} z of ${stream.name}`, stream.z, wanted.z[j]!)
    check(`${where} phi of ${stream.name}`, stream.phi, wanted.phi[j]!)
    if (wanted.logRj) check(`${where} log R of ${stream.name}`, stream.logEvidence, wanted.logRj[j]!)
    if (wanted.effects) check(`${where} effect of ${stream.name}`, stream.effect, wanted.effects[j]!)
  })
  if (wanted.kHat !== undefined) expect(step.onset, `${where} onset`).toBe(wanted.kHat)
  if (wanted.set90) expect(step.onsetSet, `${where} 90 % set`).toEqual(wanted.set90)
  wanted.posterior?.forEach((mass, k) => check(`${where} posterior of ${k}`, step.posterior[k]!, mass))
}
