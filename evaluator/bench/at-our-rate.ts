import type { Watched } from './detection-report.ts'
import { mean, type WatchedAgent } from './detection-rows.ts'
import { isFittedYear, thresholdAtRate } from './equal-rate.ts'
import { TIDEMARK } from './tidemark-views.ts'

/**
 * Detectors that page far more often than Tidemark, again with a threshold on their own statistic that gives them the
 * measured rate of false pages of Tidemark at its default budget. One threshold a detector for all recordings, fitted on
 * half of the no-change years and reported on the other half and on all changes.
 */
export function atOurRate(watched: readonly Watched[]): Watched[] {
  const ownYears = watched.filter(({ detector, experiment }) => detector === TIDEMARK.name && isYear(experiment.list))
  const rate = mean(ownYears.flatMap(({ agents }) => agents).map(({ pages }) => (pages.includes(1) ? 1 : 0)))
  if (!Number.isFinite(rate)) return []
  const scored = watched.filter(({ agents }) => agents.every(({ scores }) => scores !== undefined))
  return [...Map.groupBy(scored, ({ detector }) => detector)].flatMap(([detector, those]) => {
    const years = those.filter(({ experiment }) => isYear(experiment.list))
    const maxima = years.flatMap(({ agents }, run) =>
      agents.filter((_, year) => isFittedYear(run, year)).map(({ scores = [] }) => Math.max(...scores)),
    )
    if (maxima.length === 0) return []
    const limit = thresholdAtRate(maxima, rate)
    return those.flatMap((one) => {
      const run = years.indexOf(one)
      const agents = one.agents
        .filter((_, year) => run === -1 || !isFittedYear(run, year))
        .map(({ scores }) => paging(scores, limit))
      return agents.length === 0 ? [] : [{ ...one, detector: `${detector}${AT_OUR_RATE}`, agents }]
    })
  })
}

/** Ends the names of these detectors. */
export const AT_OUR_RATE = ', at the false-page rate of tidemark'

function paging(scores: Float64Array = new Float64Array(), limit: number): WatchedAgent {
  return { pages: Uint8Array.from(scores, (score) => (score >= limit ? 1 : 0)) }
}

function isYear(list: string): boolean {
  return list === 'noChange'
}
