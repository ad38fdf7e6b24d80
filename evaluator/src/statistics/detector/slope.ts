/**
 * h(k) for every candidate k: the z expected today per unit effect, had every stratum shifted at run k. Depends on counts
 * only (section 4.5); exact for score and binary streams to first order, a heuristic for shape.
 * @param today items per stratum today
 * @param reference items per stratum in the reference before today
 * @param before for each candidate the items per stratum before it; missing trailing strata had none
 */
export function slopes(today: Float64Array, reference: Float64Array, before: readonly Float64Array[]): Float64Array {
  const strata: number[] = []
  const shares: number[] = []
  let precision = 0
  for (let s = 0; s < today.length; s++) {
    const n = today[s]!
    const m = reference[s]!
    if (n === 0 || m === 0) continue
    strata.push(s)
    shares.push(n / (n + m))
    precision += (n * m) / (n + m)
  }
  const result = new Float64Array(before.length)
  if (strata.length === 0) return result
  const scale = 1 / Math.sqrt(precision)
  for (let k = 0; k < before.length; k++) {
    const sizes = before[k]!
    let sum = 0
    for (let i = 0; i < strata.length; i++) {
      const stratum = strata[i]!
      if (stratum < sizes.length) sum += shares[i]! * sizes[stratum]!
    }
    result[k] = sum * scale
  }
  return result
}
