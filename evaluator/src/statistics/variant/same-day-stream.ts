import { binaryModel } from '../detector/binary-model.ts'
import { effectPrior } from '../detector/effect-prior.ts'
import { EvidenceTable } from '../detector/evidence-table.ts'
import { gatedSums } from '../detector/gated-sums.ts'
import { scoreModel } from '../detector/score-model.ts'
import { cohenW, mixBins, shapeModel } from '../detector/shape-model.ts'
import { slopes } from '../detector/slope.ts'
import { binsOf, padded, type StreamDefinition, type StreamState } from '../detector/stream.ts'
import { readRows, type StreamBatch } from '../detector/stream-input.ts'
import type { StreamModel } from '../detector/stream-model.ts'

/** The effect of a score that never varies is infinite, and infinities of both signs have no sum. */
const LARGEST_EFFECT = 1e6

/** What both arms did on one day. */
export type SameDayBatch = { readonly variant: StreamBatch; readonly control: StreamBatch }
/** The same as rows, strata aligned. */
export type SameDayRows = { readonly variant: Float64Array; readonly control: Float64Array }

/**
 * One z stream of a variant: today's variant items among today's items of both arms, stratum by stratum (section 20).
 * Every day has a pool of its own, so what a day does to both arms alike cancels, and the factors of different days
 * are independent given their pools: no recalibration for day effects, no dilution of a reference. Exact for rates
 * under assignment independent of the outcome, asymptotic for scores and shapes.
 */
export class SameDayStream {
  readonly definition: StreamDefinition
  readonly #model: StreamModel
  readonly #bins: number
  readonly #evidence: EvidenceTable
  /** For every candidate the sums that its effect is computed from. */
  readonly #since: Float64Array[] = []

  constructor(definition: StreamDefinition, lump: number) {
    this.definition = definition
    const { kind, name, baseline, direction } = definition
    this.#bins = definition.kind === 'shape' ? binsOf(name, definition.baseline) : 0
    const frozen = readRows(kind, this.#bins, baseline, {
      stream: name,
      code: 'statistics_baseline_invalid',
      what: 'baseline',
    })
    this.#model = kind === 'binary' ? binaryModel : kind === 'score' ? scoreModel(frozen) : shapeModel(this.#bins)
    this.#evidence = new EvidenceTable(effectPrior(kind, direction), lump)
  }

  /** Both arms as rows of equal length; throws StatisticsError `statistics_batch_invalid`. Nothing changes. */
  read(batch: SameDayBatch | null): SameDayRows {
    if (batch === null) return { variant: new Float64Array(0), control: new Float64Array(0) }
    const variant = this.#rows(batch.variant)
    const control = this.#rows(batch.control)
    const length = Math.max(variant.length, control.length)
    return { variant: padded(variant, length), control: padded(control, length) }
  }

  /** Items of the variant in strata where control has items too: only they tell something. */
  comparableItems({ variant, control }: SameDayRows): number {
    const others = this.#model.sizes(control)
    return this.#model.sizes(variant).reduce((sum, size, s) => (others[s]! > 0 ? sum + size : sum), 0)
  }

  /** One day: z of the variant's items in the pool of the day, evidence of all candidates. */
  step(rows: SameDayRows): StreamState {
    const observation = this.#model.observe(rows.variant, rows.control)
    this.#evidence.openCandidate()
    const today = this.#summary(rows)
    for (const sums of this.#since) for (let i = 0; i < sums.length; i++) sums[i]! += today[i]!
    this.#since.push(today)
    if (observation !== null) {
      const control = this.#model.sizes(rows.control)
      const [slope] = slopes(this.#model.sizes(rows.variant), control, [control])
      const same = new Float64Array(this.#since.length).fill(slope!)
      if (observation.kind === 'normal') this.#evidence.addNormal(observation.z, same)
      else this.#evidence.addCell(observation, observation, same)
    }
    const effects = Float64Array.from(this.#since, (sums) => this.#effect(sums))
    return { z: observation?.z ?? null, phi: 1, nu: Infinity, ...gatedSums(this.#evidence, effects, this.definition) }
  }

  #rows(batch: StreamBatch): Float64Array {
    const { kind, name } = this.definition
    return readRows(kind, this.#bins, batch, { stream: name, code: 'statistics_batch_invalid', what: 'batch' })
  }

  /**
   * Numbers of one day that add up over days: for rates and scores the variant's items times their difference from control,
   * and those items; for shapes the mixed bins of both arms and their items.
   */
  #summary({ variant, control }: SameDayRows): Float64Array {
    const both = this.#model.merge(control, variant)
    if (this.definition.kind !== 'shape') {
      const items = this.comparableItems({ variant, control })
      const effect = this.#model.effect(control, both)
      const finite = Math.max(-LARGEST_EFFECT, Math.min(LARGEST_EFFECT, effect))
      return Float64Array.of(items === 0 ? 0 : items * finite, items)
    }
    const { before, after, itemsBefore, itemsAfter } = mixBins(control, both, this.#bins)
    return Float64Array.of(...before, ...after, itemsBefore, itemsAfter)
  }

  #effect(sums: Float64Array): number {
    if (this.definition.kind !== 'shape') return sums[1] === 0 ? 0 : sums[0]! / sums[1]!
    const bins = this.#bins
    return cohenW({
      before: sums.subarray(0, bins),
      after: sums.subarray(bins, 2 * bins),
      itemsBefore: sums[2 * bins]!,
      itemsAfter: sums[2 * bins + 1]!,
    })
  }
}
