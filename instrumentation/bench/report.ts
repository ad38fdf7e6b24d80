import type { Scenario } from './workload.ts'

/** Microseconds of CPU per call. `low` and `high` bound `addedCpuMicros` at 95 %; `overFloorHigh` is the upper such bound. */
export interface ScenarioCost {
  readonly addedCpuMicros: number
  readonly low: number
  readonly high: number
  readonly overFloorMicros: number
  readonly overFloorHigh: number
}

export type ScenarioCosts = Readonly<Record<Scenario, ScenarioCost>>

/** At concurrency 16; `concurrency1` beside it. */
export interface VariantReport extends ScenarioCosts {
  readonly concurrency1: ScenarioCosts
  /** Bytes held after the calls, beyond those held before, with a collector that is not there or never answers. */
  readonly heapGrowthBytes: { readonly refused: number; readonly hanging: number }
  /** Calls made meanwhile. */
  readonly heapCalls: number
  /** Spans given up meanwhile, where the variant counts them. */
  readonly droppedSpans?: { readonly refused: number; readonly hanging: number }
  /** Median time of a call in the same processes, and with a collector that answers. */
  readonly latencyMicros: { readonly healthy: number; readonly refused: number; readonly hanging: number }
  /** Spans that reached the collector in the rounds. */
  readonly spans: number
  readonly isRangeForced?: true
  /** Listed, and no peer to compare with. */
  readonly deliversNoSpan?: true
}

export interface OverheadReport {
  readonly variants: Readonly<Record<string, VariantReport>>
  readonly run: {
    readonly date: string
    readonly node: string
    /** Fewer rounds and fewer calls than a figure to be quoted needs. */
    readonly isQuick: boolean
    /** Each with processes of its own. */
    readonly rounds: number
    /** Peers that could not make the calls, and why. */
    readonly failures: Readonly<Record<string, string>>
    /** What a call of the bare client costs, at concurrency 16. */
    readonly bareCpuMicros: Readonly<Record<Scenario, number>>
  }
}
