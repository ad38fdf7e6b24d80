import { logGamma } from '../src/statistics/index.ts'

/**
 * Fisher's exact test, one-sided: the probability of at most `x` successes among today's `n` when they are drawn from the
 * pool of today's and the baseline's items. Exact.
 */
export function fewerSuccesses(
  today: { readonly n: number; readonly x: number },
  baseline: { readonly n: number; readonly x: number },
): number {
  const all = today.n + baseline.n
  const good = today.x + baseline.x
  const logChosen = logBinomial(all, today.n)
  let probability = 0
  for (let k = Math.max(0, today.n - (all - good)); k <= today.x; k++)
    probability += Math.exp(logBinomial(good, k) + logBinomial(all - good, today.n - k) - logChosen)
  return Math.min(1, probability)
}

/**
 * Kolmogorov-Smirnov, one-sided: how probable it is that sorted `today` lies so far below sorted `baseline` by chance.
 * Asymptotic, exp(-2 D^2 n m / (n + m)); conservative where values are tied.
 */
export function smallerValues(today: Float64Array, baseline: Float64Array): number {
  let [i, j, distance] = [0, 0, 0]
  while (i < today.length && j < baseline.length) {
    const value = Math.min(today[i]!, baseline[j]!)
    while (i < today.length && value === today[i]) i++
    while (j < baseline.length && value === baseline[j]) j++
    distance = Math.max(distance, i / today.length - j / baseline.length)
  }
  return Math.exp((-2 * distance ** 2 * today.length * baseline.length) / (today.length + baseline.length))
}

function logBinomial(n: number, k: number): number {
  return logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
}
