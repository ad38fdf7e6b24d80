import type { Verdict } from '@tidemark/instrumentation/semconv'
import { findHumanPairs, readHumanPairs } from './judge/human-pairs.ts'
import { askTwoJudges, type TwoJudges } from './judge/judged-pairs.ts'
import { SWAP_SCENARIOS, watchJudged, type SwapScenario, type WatchedDay } from './judge/judged-agent.ts'
import { markdownTable } from './markdown-table.ts'

/** How the days of one scenario ended, over all simulated agents. */
export type SwapOutcome = {
  readonly scenario: SwapScenario
  readonly agents: number
  /** The verdict of the last day that most agents end in, and how many end in each. */
  readonly verdict: Verdict
  readonly verdicts: Readonly<Partial<Record<Verdict, number>>>
  /** Agents whose every day ended in that verdict or in one that pages nobody. */
  readonly neverPaged: number
  /** Days from the change to the first verdict that says something moved; median, null where none does. */
  readonly daysToVerdict: number | null
  /** The sentence of the first agent's last day. */
  readonly summary: string
}

export type JudgeSwapReport = {
  /** What a judge that was swapped ends in. */
  readonly judgeSwapVerdict: Verdict
  /** What a judge that was swapped on the day the agent changed ends in. */
  readonly bothChangedVerdict: Verdict
  readonly dataset: string
  readonly before: string
  readonly after: string
  readonly pairs: number
  readonly outcomes: readonly SwapOutcome[]
}

const AGENTS = 20

/**
 * Simulates agents whose judge is swapped for another one with its recorded answers, whose agent changes, or both, through the
 * detector and the verdict of production. Undefined where the folder holds no pairs that two judges judged.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export async function judgeSwap(folder: string, agents = AGENTS): Promise<JudgeSwapReport | undefined> {
  const found = findHumanPairs(folder)
  const judges = found === undefined ? undefined : await askTwoJudges(readHumanPairs(found))
  return judges === undefined ? undefined : judgeSwapOf(judges, agents)
}

export function judgeSwapOf(judges: TwoJudges, agents: number): JudgeSwapReport {
  const outcomes = SWAP_SCENARIOS.map((scenario) =>
    outcomeOf(
      scenario,
      Array.from({ length: agents }, (_, agent) => watchJudged(judges, scenario, agent)),
    ),
  )
  const verdictOf = (scenario: SwapScenario): Verdict =>
    outcomes.find((outcome) => outcome.scenario === scenario)?.verdict ?? 'no_baseline'
  const { dataset, before, after, pairs } = judges
  return {
    judgeSwapVerdict: verdictOf('judge swapped'),
    bothChangedVerdict: verdictOf('both'),
    dataset,
    before,
    after,
    pairs: pairs.length,
    outcomes,
  }
}

export function judgeSwapMarkdown({ dataset, before, after, pairs, outcomes }: JudgeSwapReport): string {
  return [
    '# A judge that is swapped',
    '',
    `${outcomes[0]?.agents ?? 0} simulated agents each, ${pairs} pairs of ${dataset}: ${before} judges, and is swapped for ${after}.`,
    '',
    markdownTable(
      ['what changed', 'ends in', 'agents', 'never paged', 'days to verdict'],
      outcomes.map(({ scenario, verdict, verdicts, agents, neverPaged, daysToVerdict }) => [
        scenario,
        verdict,
        `${verdicts[verdict] ?? 0} of ${agents}`,
        String(neverPaged),
        daysToVerdict === null ? '-' : String(daysToVerdict),
      ]),
    ),
    '',
    ...outcomes.map(({ scenario, summary }) => `- ${scenario}: ${summary}`),
  ].join('\n')
}

/** Verdicts that say nothing moved. */
const QUIET: ReadonlySet<Verdict> = new Set(['stable', 'watch'])

function outcomeOf(scenario: SwapScenario, watched: readonly (readonly WatchedDay[])[]): SwapOutcome {
  const last = watched.map((days) => days.at(-1)?.verdict ?? 'no_baseline')
  const counts = new Map<Verdict, number>()
  for (const verdict of last) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  const [first] = [...counts].toSorted(([, a], [, b]) => b - a)
  const delays = watched
    .map((days) => days.filter(({ sinceChange }) => sinceChange > 0).find(({ verdict }) => !QUIET.has(verdict)))
    .map((day) => day?.sinceChange ?? Infinity)
    .toSorted((a, b) => a - b)
  const median = delays[Math.floor(delays.length / 2)] ?? Infinity
  return {
    scenario,
    agents: watched.length,
    verdict: first?.[0] ?? 'no_baseline',
    verdicts: Object.fromEntries(counts),
    neverPaged: watched.filter((days) => days.every(({ verdict }) => verdict !== 'drift')).length,
    daysToVerdict: Number.isFinite(median) ? median : null,
    summary: watched[0]?.at(-1)?.summary ?? '',
  }
}
