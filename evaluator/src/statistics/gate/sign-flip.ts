import { mulberry32 } from './mulberry32.ts'

const EXACT_UP_TO = 16
const DRAWS = 9999
const HALF = 0x80000000
const RELATIVE_TIE = 1e-12

/**
 * One-sided p of "the mean is above 0" under random signs, zeros dropped (section 13). Exact for symmetric differences:
 * all sign patterns up to 16 values that are not 0, else 9999 seeded draws. 1 where all are 0.
 */
export function signFlip(differences: readonly number[], seed = 1): number {
  const values = differences.filter((value) => value !== 0)
  if (values.length === 0) return 1
  const sizes = values.map(Math.abs)
  const atLeast = sum(values) - RELATIVE_TIE * sum(sizes)
  return values.length <= EXACT_UP_TO ? enumerate(sizes, atLeast) : draw(sizes, atLeast, seed)
}

function enumerate(sizes: readonly number[], atLeast: number): number {
  const patterns = 2 ** sizes.length
  let reached = 0
  for (let pattern = 0; pattern < patterns; pattern++) {
    let total = 0
    for (let j = 0; j < sizes.length; j++) total += (pattern >> j) & 1 ? sizes[j]! : -sizes[j]!
    if (total >= atLeast) reached++
  }
  return reached / patterns
}

function draw(sizes: readonly number[], atLeast: number, seed: number): number {
  const next = mulberry32(seed)
  let reached = 0
  for (let i = 0; i < DRAWS; i++) {
    let total = 0
    for (let j = 0; j < sizes.length; j++) total += next() < HALF ? sizes[j]! : -sizes[j]!
    if (total >= atLeast) reached++
  }
  return (1 + reached) / (1 + DRAWS)
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
