import { logNormalInterval } from '../special/normal.ts'
import { logCellFactor } from './cell-factor.ts'
import type { EffectPrior } from './effect-prior.ts'

/** Bits of a selection: count a candidate's effects below 0, above 0, or both. */
export const DOWN = 1
export const UP = 2

/** Sums below this, relative to the largest cell, are computed again with a scale of their own. */
const SMALLEST_SUM = 1e-200

export type EvidenceSums = {
  readonly candidateSums: Float64Array
  readonly logScale: number
  readonly logEverything: number
  readonly logSelected: readonly number[]
}

export type Cell = { readonly low: number; readonly high: number }

/**
 * L(k, d): the log evidence for "changed at candidate run k by the effect d", for all candidates of one epoch (section
 * 6.1, Shiryaev-Roberts form). Candidates open one by one and every run adds to all open ones. Exact up to rounding,
 * given the factors.
 */
export class EvidenceTable {
  readonly #prior: EffectPrior
  readonly #logWeights: Float64Array
  readonly #logLump: number
  #cells: Float64Array
  #candidates = 0

  /** @param lump additional prior weight of the first candidate, 0 for an epoch that is no launch */
  constructor(prior: EffectPrior, lump: number) {
    this.#prior = prior
    this.#logWeights = prior.weights.map(Math.log)
    this.#logLump = Math.log1p(lump)
    this.#cells = new Float64Array(32 * prior.effects.length)
  }

  get candidates(): number {
    return this.#candidates
  }

  /** Opens the candidate of today's run, with evidence factor 1. */
  openCandidate(): void {
    const size = (this.#candidates + 1) * this.#prior.effects.length
    if (size > this.#cells.length) {
      const grown = new Float64Array(2 * this.#cells.length)
      grown.set(this.#cells)
      this.#cells = grown
    }
    this.#candidates++
  }

  /** Adds mu z - mu^2/2 with mu = d slope(k). */
  addNormal(z: number, slopes: Float64Array): void {
    const { effects } = this.#prior
    for (let k = 0, i = 0; k < this.#candidates; k++) {
      for (let d = 0; d < effects.length; d++, i++) {
        const mu = effects[d]! * slopes[k]!
        this.#cells[i]! += mu * z - 0.5 * mu * mu
      }
    }
  }

  /** Adds the averaged factor of a binary cell, whose ends were recalibrated for each sign of the effect. */
  addCell(down: Cell, up: Cell, slopes: Float64Array): void {
    const { effects, downwardEffects } = this.#prior
    const downWidth = logNormalInterval(down.low, down.high)
    const upWidth = logNormalInterval(up.low, up.high)
    for (let k = 0, i = 0; k < this.#candidates; k++) {
      const slope = slopes[k]!
      for (let d = 0; d < downwardEffects; d++, i++)
        this.#cells[i]! += logCellFactor(down.low, down.high, downWidth, effects[d]! * slope)
      for (let d = downwardEffects; d < effects.length; d++, i++)
        this.#cells[i]! += logCellFactor(up.low, up.high, upWidth, effects[d]! * slope)
    }
  }

  /**
   * The sums of one run with one exponential a cell: for every candidate over its effects, without the lump, to be
   * multiplied by exp(logScale); and the logs, lump included, over everything and over each selection (the bits DOWN and
   * UP for every candidate).
   */
  sums(selections: readonly Uint8Array[]): EvidenceSums {
    const { effects, downwardEffects } = this.#prior
    const logScale = this.#max(undefined)
    const candidateSums = new Float64Array(this.#candidates)
    const selected = selections.map(() => 0)
    let everything = 0
    for (let k = 0, i = 0; k < this.#candidates; k++) {
      let down = 0
      let up = 0
      for (let d = 0; d < downwardEffects; d++, i++) down += Math.exp(this.#cells[i]! + this.#logWeights[d]! - logScale)
      for (let d = downwardEffects; d < effects.length; d++, i++)
        up += Math.exp(this.#cells[i]! + this.#logWeights[d]! - logScale)
      candidateSums[k] = down + up
      const weight = k === 0 ? Math.exp(this.#logLump) : 1
      everything += weight * (down + up)
      for (let s = 0; s < selections.length; s++) {
        const bits = selections[s]![k]!
        selected[s]! += weight * ((bits & DOWN ? down : 0) + (bits & UP ? up : 0))
      }
    }
    return {
      candidateSums,
      logScale,
      logEverything: logScale + Math.log(everything),
      // what is too small beside the largest cell has lost its digits: then it gets a scale of its own
      logSelected: selections.map((selection, s) =>
        selected[s]! > SMALLEST_SUM ? logScale + Math.log(selected[s]!) : this.#logSum(selection),
      ),
    }
  }

  #logSum(selection: Uint8Array): number {
    const max = this.#max(selection)
    if (max === -Infinity) return max
    let sum = 0
    for (let k = 0; k < this.#candidates; k++) sum += this.#rowSum(k, selection[k]!, max, k === 0 ? this.#logLump : 0)
    return max + Math.log(sum)
  }

  #rowSum(candidate: number, selected: number, logScale: number, logLump: number): number {
    const { effects, downwardEffects } = this.#prior
    const row = candidate * effects.length
    const shift = logLump - logScale
    let sum = 0
    for (
      let d = selected & DOWN ? 0 : downwardEffects, end = selected & UP ? effects.length : downwardEffects;
      d < end;
      d++
    )
      sum += Math.exp(this.#cells[row + d]! + this.#logWeights[d]! + shift)
    return sum
  }

  /** The largest cell with its weight, of everything or of a selection. */
  #max(selection: Uint8Array | undefined): number {
    const { effects, downwardEffects } = this.#prior
    let max = -Infinity
    for (let k = 0; k < this.#candidates; k++) {
      const selected = selection === undefined ? DOWN | UP : selection[k]!
      const lump = k === 0 ? this.#logLump : 0
      const row = k * effects.length
      for (
        let d = selected & DOWN ? 0 : downwardEffects, end = selected & UP ? effects.length : downwardEffects;
        d < end;
        d++
      )
        max = Math.max(max, this.#cells[row + d]! + this.#logWeights[d]! + lump)
    }
    return max
  }
}
