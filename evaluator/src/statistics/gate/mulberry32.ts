/**
 * The mulberry32 generator: 32-bit whole numbers in [0, 2^32), the same sequence for the same seed on every machine.
 * For reproducible draws, not for secrets. Exact: whole-number arithmetic (section 13).
 */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
}
