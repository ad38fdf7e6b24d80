import { readFileSync } from 'node:fs'
import type { Direction, StreamKind } from './detector/effect-prior.ts'

export type Tolerance = { readonly abs: number; readonly rel: number }

/** Reads one golden vector file; the strings "Infinity" and "-Infinity" become numbers. */
export function golden<Name extends keyof GoldenFiles>(name: Name): GoldenFiles[Name] {
  const text = readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8')
  const parsed: GoldenFiles[Name] = JSON.parse(text, (_key, value: unknown) =>
    value === 'Infinity' ? Infinity : value === '-Infinity' ? -Infinity : value,
  )
  return parsed
}

/** Whether `actual` meets `expected` within the absolute or the relative tolerance, whichever is met. */
export function isWithin(actual: number, expected: number, { abs, rel }: Tolerance): boolean {
  if (actual === expected) return true
  const error = Math.abs(actual - expected)
  return error <= abs || error <= rel * Math.abs(expected)
}

/** One number of every stratum's statistics; see vectors/README.md for the columns. */
export type Row = number[]
type Triple = [number, number, number]

/** One run of a detector path; the optional entries are there once the evidence has reached the threshold. */
export type ExpectedRun = {
  z: (number | null)[]
  phi: number[]
  logRj?: number[]
  logR: number
  logPage?: number
  posterior?: number[]
  kHat?: number
  set90?: number[]
  effects?: number[]
  page?: boolean
}

type GoldenFiles = {
  special: {
    normCdf: { x: number; cdf: number; logCdf: number }[]
    normQuantile: { p: number; z: number }[]
    normQuantileFromLog: { lp: number; z: number }[]
    logGamma: { x: number; v: number }[]
    studentT: { t: number; nu: number; cdf: number; logCdf: number }[]
    studentTQuantile: { p: number; nu: number; t: number }[]
    chi2Upper: { x: number; df: number; p: number; logp: number }[]
    betaInc: { a: number; b: number; x: number; lower: number; upper: number }[]
    logBeta: { a: number; b: number; v: number }[]
    normInterval: { x: number; y: number; log: number }[]
    hyperPmf: { N: number; A: number; n: number; lo: number; pmf: number[] }[]
    logSumExp: { v: number[]; r: number }[]
  }
  'binary-z': {
    tolerance: Tolerance
    cases: {
      name: string
      strata: [number, number, number, number][]
      informative: boolean
      below: number
      f: number
      above: number
      za: number
      zb: number
      zMid: number
      slope: number
      factors: { phi: number; nu: number; d: number; logFactor: number }[]
    }[]
  }
  'score-z': {
    tolerance: Tolerance
    score: { name: string; strata: [Triple, Triple][]; z: number | null; slope: number }[]
    rank: { baseline: number[]; x: number[]; u: number[] }
    cuts: { baseline: number[]; cuts: number[]; bins: number[] }[]
    shape: { name: string; strata: [number[], number[]][]; X2: number; df: number; z: number | null }[]
    merge: { a: Triple; b: Triple; r: Triple }[]
  }
  recalibration: {
    tolerance: Tolerance
    sequences: { name: string; z: number[]; phi: number[]; nu: number[] }[]
    map: { z: number; phi: number; nu: number; zStar: number }[]
    ends: { za: number; zb: number; phi: number; nu: number; sign: 1 | -1; r: [number, number] }[]
  }
  'detector-paths': {
    tolerance: Tolerance
    paths: {
      name: string
      config: { runsPerYear: number; falsePagesPerYear: number; lump: number; A: number; afterPage: 'stop' | 'restart' }
      streams: { kind: StreamKind; direction: Direction; weight: number; tolerance: number; baseline: Row[] }[]
      batches: (Row[][] | null)[]
      expected: (ExpectedRun | null)[]
      pageRuns: number[]
    }[]
  }
  'replay-paths': {
    tolerance: Tolerance
    paths: {
      name: string
      binary: boolean
      inputs: number
      frozen: number[][]
      runs: [number, number][][]
      expected: ExpectedRun[]
    }[]
  }
  escalation: {
    tolerance: Tolerance
    paths: { name: string; limit: number; counts: [number, number][]; logE: number[]; logSum: number[] }[]
    single: { S: number; F: number; limit: number; logE: number }[]
  }
  attribution: {
    tolerance: Tolerance
    decomposition: {
      name: string
      base: Triple[]
      now: Triple[]
      shrink: number
      expected: {
        total: number
        mix: number | null
        within: number | null
        unseen: number
        vanished: number
        residual: number
        se_mix: number | null
        se_within: number | null
        shared0: number
        shared1: number
      }
    }[]
    shapley: { k: number; values: Record<string, number[]>; result: [number, number | null][] }[]
    events: { posterior: number[]; eventRuns: number[]; scores: number[]; unexplained: number; set90: number[] }
  }
  estimates: {
    tolerance: Tolerance
    ppi: {
      name: string
      y: number[]
      f: number[]
      fu: number[]
      expected: { estimate: number; lam: number; se: number; lower: number; upper: number }
    }[]
    mde: {
      falsePagesPerYear: number
      metrics: number
      n0: number
      weight: number
      expected: { launch: number; later: number }
    }[]
    mdeUnreachable: { n0: number; falsePagesPerYear: number; weight: number; expected: { launch: number } }
    thresholds: { runsPerYear: number; falsePagesPerYear: number; lump: number; A: number }[]
    intervals: { x: number; n: number; wilson: [number, number]; clopperPearson: [number, number] }[]
    meanInterval: { n: number; mean: number; m2: number; r: [number, number] | null }[]
    kappa: {
      tp: number
      fp: number
      fn: number
      tn: number
      expected: { kappa: number | null; base_rate: number; sensitivity: number | null; specificity: number | null }
    }[]
    gateBinary: {
      worse: number
      better: number
      n: number
      margin: number
      expected: { verdict: string; p_worse: number; lower: number }
      tangoZ: number | null
    }[]
    gateScore: {
      name: string
      d: number[]
      margin: number
      seed: number
      expected: { verdict: string; p_noninferior: number; p_worse: number }
    }[]
    mulberry32: { seed: number; first: number[] }
    gauges: { c0: number[]; c1: number[]; js: number; psi: number }[]
    wasserstein: { x: number[]; y: number[]; w: number }[]
  }
}
