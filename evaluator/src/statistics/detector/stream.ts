import type { BinaryCount, BinCounts, Moments } from '../daily/stratum-statistics.ts'
import { StatisticsError } from '../statistics-error.ts'
import { binaryModel } from './binary-model.ts'
import { type Direction, effectPrior } from './effect-prior.ts'
import { EvidenceTable } from './evidence-table.ts'
import { type EvidenceState, gatedSums } from './gated-sums.ts'
import { overdispersion, type OverdispersionPrior, recalibrate, recalibrateEnds } from './overdispersion.ts'
import { scoreModel } from './score-model.ts'
import { shapeModel } from './shape-model.ts'
import { slopes } from './slope.ts'
import { readRows, type StreamBatch } from './stream-input.ts'
import type { StreamModel } from './stream-model.ts'

/** One z stream of an agent (section 4.1). `baseline` has an entry a stratum; `weight` is its share of the evidence. */
export type StreamDefinition = {
  readonly name: string
  readonly weight: number
  readonly direction: Direction
  /** Practical size: points for binary (0.02), baseline standard deviations for score, Cohen's w for shape. */
  readonly tolerance: number
  /** Of the variance inflation; that of production where absent, `REPLAY_PRIOR` for replay. */
  readonly overdispersionPrior?: OverdispersionPrior
} & (
  | { readonly kind: 'binary'; readonly baseline: readonly BinaryCount[] }
  | {
      readonly kind: 'score'
      readonly baseline: readonly Moments[]
      /** Standard deviation that effects are measured in, above 0; without it the pooled within-stratum one of the baseline. */
      readonly deviation?: number
    }
  | { readonly kind: 'shape'; readonly baseline: readonly BinCounts[] }
)

/** A stream after today's run, before the streams are combined. */
export type StreamState = EvidenceState & {
  /** `null` on a run without information. */
  readonly z: number | null
  readonly phi: number
  readonly nu: number
}

/** The reference, the history of z and the evidence of one stream. Status as that of its kind (section 15). */
export class Stream {
  readonly definition: StreamDefinition
  readonly #model: StreamModel
  readonly #bins: number
  #reference: Float64Array
  #history: number[] = []
  #evidence: EvidenceTable
  /** Reference before every candidate of the epoch, its items per stratum, and whether the run was informative. */
  #before: Float64Array[] = []
  #sizesBefore: Float64Array[] = []
  #informative: boolean[] = []

  constructor(definition: StreamDefinition, lump: number) {
    this.definition = definition
    const { kind, name, baseline, direction } = definition
    this.#bins = definition.kind === 'shape' ? binsOf(name, definition.baseline) : 0
    this.#reference = readRows(kind, this.#bins, baseline, {
      stream: name,
      code: 'statistics_baseline_invalid',
      what: 'baseline',
    })
    this.#model =
      definition.kind === 'binary'
        ? binaryModel
        : definition.kind === 'score'
          ? scoreModel(this.#reference, definition.deviation)
          : shapeModel(this.#bins)
    this.#evidence = new EvidenceTable(effectPrior(kind, direction), lump)
  }

  /** The batch as rows; throws StatisticsError `statistics_batch_invalid`. Nothing changes. */
  read(batch: StreamBatch | null): Float64Array {
    if (batch === null) return new Float64Array(0)
    const { kind, name } = this.definition
    return readRows(kind, this.#bins, batch, { stream: name, code: 'statistics_batch_invalid', what: 'batch' })
  }

  itemsIn(rows: Float64Array): number {
    return this.#model.sizes(rows).reduce((sum, size) => sum + size, 0)
  }

  /** One run: z against the reference, evidence of all candidates, then the rows join the reference. */
  step(rows: Float64Array): StreamState {
    const today = this.#align(rows)
    const observation = this.#model.observe(today, this.#reference)
    const state = overdispersion(this.#history, this.definition.overdispersionPrior)
    const sizes = this.#model.sizes(this.#reference)
    this.#before.push(this.#reference)
    this.#sizesBefore.push(sizes)
    this.#informative.push(observation !== null)
    this.#evidence.openCandidate()
    if (observation !== null) {
      const slope = slopes(this.#model.sizes(today), sizes, this.#sizesBefore)
      if (observation.kind === 'normal') this.#evidence.addNormal(recalibrate(observation.z, state), slope)
      else {
        const { low, high } = observation
        this.#evidence.addCell(recalibrateEnds(low, high, state, -1), recalibrateEnds(low, high, state, 1), slope)
      }
      this.#history.push(observation.z)
    }
    this.#reference = this.#model.merge(this.#reference, today)
    return { z: observation?.z ?? null, ...state, ...this.#sums() }
  }

  /** Rows join the reference without a run of their own. */
  admit(rows: Float64Array): void {
    const today = this.#align(rows)
    this.#reference = this.#model.merge(this.#reference, today)
  }

  /** Runs from the candidate on leave reference and history; a new epoch without lump starts (section 6.5). */
  restart(candidate: number): void {
    this.#reference = this.#before[candidate] ?? this.#reference
    const gone = this.#informative.slice(candidate).filter(Boolean).length
    this.#history.length -= gone
    this.#before = []
    this.#sizesBefore = []
    this.#informative = []
    this.#evidence = new EvidenceTable(effectPrior(this.definition.kind, this.definition.direction), 0)
  }

  /** Pads the shorter of today and reference with empty strata. */
  #align(rows: Float64Array): Float64Array {
    const length = Math.max(rows.length, this.#reference.length)
    this.#reference = padded(this.#reference, length)
    return padded(rows, length)
  }

  #sums(): EvidenceState {
    const effects = new Float64Array(this.#before.length)
    for (let k = 0; k < effects.length; k++) effects[k] = this.#model.effect(this.#before[k]!, this.#reference)
    return gatedSums(this.#evidence, effects, this.definition)
  }
}

/** Rows of zeros at the end: strata without items. */
export function padded(rows: Float64Array, length: number): Float64Array {
  if (rows.length === length) return rows
  const longer = new Float64Array(length)
  longer.set(rows)
  return longer
}

/** Bins of a shape stream, by its baseline. */
export function binsOf(name: string, baseline: readonly BinCounts[]): number {
  const bins = baseline[0]?.length ?? 0
  if (bins < 2)
    throw new StatisticsError(
      'statistics_baseline_invalid',
      `The baseline of the shape stream "${name}" has ${bins} bins: give counts of at least 2 bins for one stratum or more.`,
    )
  return bins
}
