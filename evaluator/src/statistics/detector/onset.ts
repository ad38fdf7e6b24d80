/**
 * Posterior over the change run of an epoch, up to scale: prior uniform over runs, streams by weight, no lump
 * (section 7). Exact under the model.
 */
export function changePosterior(
  streams: readonly { readonly weight: number; readonly candidateSums: Float64Array; readonly logScale: number }[],
): number[] {
  const candidates = streams[0]?.candidateSums.length ?? 0
  const scale = streams.reduce((max, { weight, logScale }) => (weight > 0 ? Math.max(max, logScale) : max), -Infinity)
  const posterior = Array.from({ length: candidates }, () => 0)
  let total = 0
  for (const { weight, candidateSums, logScale } of streams) {
    const factor = weight * Math.exp(logScale - scale)
    for (let k = 0; k < candidates; k++) {
      const mass = factor * candidateSums[k]!
      posterior[k]! += mass
      total += mass
    }
  }
  return posterior.map((mass) => mass / total)
}

/** The most probable candidate, the earliest on ties. Exact under the model (section 7). */
export function mostLikely(posterior: readonly number[]): number {
  let best = 0
  for (let k = 1; k < posterior.length; k++) if (posterior[k]! > posterior[best]!) best = k
  return best
}

/**
 * The fewest candidates that hold `mass` of the posterior, ascending; among equals the earlier first (section 7).
 * Exact under the model.
 */
export function credibleSet(posterior: readonly number[], mass = 0.9): number[] {
  const byMass = posterior.map((_share, k) => k).sort((a, b) => posterior[b]! - posterior[a]! || a - b)
  let covered = 0
  let size = 0
  while (size < byMass.length && covered < mass - 1e-12) covered += posterior[byMass[size++]!]!
  return byMass.slice(0, size).sort((a, b) => a - b)
}
