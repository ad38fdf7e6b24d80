/** How much of the change posterior recorded events explain (section 7); "coincides with", not "caused by". */
export type EventRanking = {
  /** Posterior mass from `width` runs before to `width` runs after each event, in the order given. */
  readonly scores: readonly number[]
  /** Posterior mass that no event explains: "no recorded event". */
  readonly unexplained: number
  /** Events closer than 3 runs share mass: each group lists indices of events that cannot be told apart. */
  readonly tied: readonly (readonly number[])[]
}

const TIED_WITHIN_RUNS = 3

/**
 * Scores events by the posterior over the change run. Heuristic in its width. (Section 7.)
 * @param eventRuns for each event the index in `posterior` of the run it came with
 */
export function rankEvents(posterior: readonly number[], eventRuns: readonly number[], width = 1): EventRanking {
  const covered = new Set<number>()
  const scores = eventRuns.map((run) => {
    let score = 0
    for (let k = Math.max(0, run - width); k <= Math.min(posterior.length - 1, run + width); k++) {
      score += posterior[k]!
      covered.add(k)
    }
    return score
  })
  const unexplained = posterior.reduce((rest, mass, k) => (covered.has(k) ? rest : rest + mass), 0)
  return { scores, unexplained, tied: tiedGroups(eventRuns) }
}

function tiedGroups(eventRuns: readonly number[]): number[][] {
  const byRun = eventRuns.map((_run, i) => i).sort((a, b) => eventRuns[a]! - eventRuns[b]! || a - b)
  const groups: number[][] = []
  for (const event of byRun) {
    const group = groups.at(-1)
    const previous = group?.at(-1)
    if (group && previous !== undefined && eventRuns[event]! - eventRuns[previous]! < TIED_WITHIN_RUNS)
      group.push(event)
    else groups.push([event])
  }
  return groups.filter((group) => group.length > 1)
}
