import type { BaselineSummary, VerdictRecord } from '../domain/verdict.ts'
import type { LoopbackProvider } from './provider-thread.ts'
import { momentsOf, type SimulatedDays } from './simulated-days.ts'
import { atSimulatedTime } from './simulated-time.ts'

/** What the engine needs of the evaluator; the service has it. */
export type WatchedService = {
  freezeBaseline(request: { agent: string; from: number; to: number; samples?: number }): Promise<BaselineSummary>
  runDue(now: number): Promise<readonly VerdictRecord[]>
}

export type FastForwardPlan<Case> = {
  readonly agent: string
  readonly days: SimulatedDays
  /** Calls on each day from 1 on. */
  readonly perDay: number
  /** From this day on `modelAfter` answers; null: nothing changes. */
  readonly changeDay: number | null
  readonly modelBefore: string
  readonly modelAfter: string
  /** How many calls are under way at a time. */
  readonly concurrency: number
  /** Source of the moments within a day. */
  readonly random: () => number
  /** The cases of a day, in order; fewer than asked for where there are no more. */
  casesOf(day: number, count: number): readonly Case[]
  /** Does one piece of the agent's work. Rejecting ends the simulation. */
  work(item: Case, day: number): Promise<void>
}

export type FastForwardParts = {
  readonly service: WatchedService
  readonly provider: Pick<LoopbackProvider, 'serveModel'>
  /** Resolves when all telemetry so far is acknowledged. */
  readonly flush: () => Promise<void>
  /** Sets the evaluator's clock, epoch milliseconds. */
  readonly setClock: (time: number) => void
}

/** What happened, told as it happens. */
export type FastForwardEvent =
  | { readonly kind: 'baseline'; readonly baseline: BaselineSummary }
  | { readonly kind: 'change'; readonly day: number }
  | { readonly kind: 'day'; readonly day: number; readonly verdict: VerdictRecord | undefined }

export type FastForwardResult = {
  readonly baseline: BaselineSummary
  /** One verdict a day, in order. */
  readonly verdicts: readonly VerdictRecord[]
}

/** Work done on the three days before the first one; the baseline is frozen from it. */
export const BASELINE_DAYS: readonly { readonly day: number; readonly calls: number }[] = [
  { day: -2, calls: 83 },
  { day: -1, calls: 83 },
  { day: 0, calls: 84 },
]

/** How many examples the baseline is frozen from. */
export const BASELINE_CALLS = BASELINE_DAYS.reduce((sum, { calls }) => sum + calls, 0)

/**
 * Plays an agent's days one after the other: the day's calls, their telemetry, the evaluator's run for that day.
 * The baseline is frozen from the days before the first. Nothing waits for real time.
 */
export async function fastForward<Case>(
  plan: FastForwardPlan<Case>,
  parts: FastForwardParts,
  tell: (event: FastForwardEvent) => void,
): Promise<FastForwardResult> {
  const { agent, days, perDay, changeDay } = plan
  const verdicts: VerdictRecord[] = []
  const play = async (day: number, count: number): Promise<void> => {
    parts.setClock(days.slotOf(day))
    await playDay(plan, day, count)
    await parts.flush()
  }

  await parts.provider.serveModel(plan.modelBefore)
  for (const { day, calls: count } of BASELINE_DAYS) await play(day, count)
  const first = BASELINE_DAYS[0]?.day ?? 0
  const baseline = await parts.service.freezeBaseline({
    agent,
    from: days.startOf(first),
    to: days.startOf(1),
    // one example of each piece of work, however often the agent asked again
    samples: BASELINE_CALLS,
  })
  tell({ kind: 'baseline', baseline })

  for (let day = 1; day <= days.count; day += 1) {
    if (day === changeDay) {
      await parts.provider.serveModel(plan.modelAfter)
      tell({ kind: 'change', day })
    }
    await play(day, perDay)
    const results = await parts.service.runDue(days.slotOf(day))
    const own = results.filter((verdict) => verdict.agent === agent && verdict.slotAt > days.startOf(1))
    verdicts.push(...own)
    tell({ kind: 'day', day, verdict: own.at(-1) })
  }
  return { baseline, verdicts }
}

async function playDay<Case>(plan: FastForwardPlan<Case>, day: number, count: number): Promise<void> {
  const cases = plan.casesOf(day, count)
  const moments = momentsOf(plan.days.startOf(day), cases.length, plan.random)
  let next = 0
  const worker = async (): Promise<void> => {
    for (;;) {
      const index = next
      next += 1
      const item = cases[index]
      const moment = moments[index]
      if (item === undefined || moment === undefined) return
      await atSimulatedTime(moment, () => plan.work(item, day))
    }
  }
  await Promise.all(Array.from({ length: Math.min(plan.concurrency, cases.length) }, worker))
}
