import { logIncompleteBeta } from '../special/beta.ts'

/** P(Binomial(worse + better, 1/2) >= worse), one-sided; 1 without a discordant input. Exact (McNemar 1947; section 13). */
export function mcnemar(worse: number, better: number): number {
  return worse === 0 ? 1 : Math.exp(logIncompleteBeta(worse, better + 1, 0.5).lower)
}
