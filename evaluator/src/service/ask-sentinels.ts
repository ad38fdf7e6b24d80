import { setTimeout as wait } from 'node:timers/promises'
import { createSpending } from '../harness/spending.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { answerQuestion, beginQuestion, sentinelQuestions } from '../store/sentinel-runs.ts'
import type { SentinelInput } from '../store/sentinel-inputs.ts'
import type { Target, TargetOutcome, TargetRequest } from '../target/target.ts'
import type { TargetSettings } from '../target/target-settings.ts'

/**
 * What was not asked: the text is forgotten, the process died while it was asked, or the day's limits were reached. With a
 * budget, nothing is asked of a target whose answers do not say what they cost.
 */
export const NOT_ASKED = ['forgotten', 'interrupted', 'budget_spent', 'cost_unknown', 'time_spent'] as const
export type NotAsked = (typeof NOT_ASKED)[number]
export type SentinelOutcome = TargetOutcome | { readonly kind: NotAsked }
/** A frozen input with its text. */
export type ReplayInput = SentinelInput & { readonly inputHash: string | null }
export type Asked = { readonly input: ReplayInput; readonly outcome: SentinelOutcome }

/** Attempts of a question that the target certainly did not take. */
const ATTEMPTS = 3
const LONGEST_WAIT_MILLISECONDS = 30_000

/**
 * Asks the inputs of one run. Each question is on the disk before it is asked and its outcome after, so that a run that goes on
 * after a kill asks nothing again: what was under way then is `interrupted`, since it may have been paid for.
 * @param signal ends the asking; what is under way is waited for, what is left throws the reason
 */
export async function askSentinels(
  db: StoreDatabase,
  slot: { readonly agent: string; readonly slotAt: number; readonly baseline: string },
  inputs: readonly ReplayInput[],
  {
    target,
    settings,
    signal,
    until,
    now,
    random,
  }: {
    target: Target
    settings: Pick<TargetSettings, 'concurrency' | 'timeoutSeconds' | 'dailyBudgetUsd'>
    signal: AbortSignal
    /** No question is begun after it, on the clock of `now`, epoch milliseconds. */
    until: number
    now: () => number
    random: () => number
  },
): Promise<Asked[]> {
  const known = new Map((await sentinelQuestions(db, slot)).map(({ input, outcome }) => [input, outcome]))
  const outcomes = new Map<string, SentinelOutcome>()
  const keep = (id: string, outcome: SentinelOutcome): void => {
    outcomes.set(id, outcome)
  }
  const answers = inputs.flatMap(({ id }) => {
    const stored = known.get(id)
    return stored == null ? [] : [{ id, outcome: readOutcome(stored) }]
  })
  const spending = createSpending(
    answers.map(({ outcome }) => outcome),
    settings.dailyBudgetUsd ?? Infinity,
  )
  for (const { id, outcome } of answers) keep(id, outcome)
  for (const { id } of inputs)
    if (known.get(id) === null) {
      // it may have been paid for, and nobody will know
      spending.begin()
      keep(id, { kind: 'interrupted' })
    }
  const open = inputs.filter(({ id }) => !known.has(id))
  let next = 0
  async function worker(): Promise<void> {
    while (next < open.length) {
      signal.throwIfAborted()
      const input = open[next]
      next += 1
      if (input === undefined) return
      if (input.input === null) keep(input.id, { kind: 'forgotten' })
      else if (!spending.allowsAnother())
        keep(input.id, { kind: spending.isUnknown() ? 'cost_unknown' : 'budget_spent' })
      else if (now() >= until) keep(input.id, { kind: 'time_spent' })
      else if (await begin(input.id)) {
        const outcome = await askOne(input.input, input)
        spending.end(outcome)
        await answerQuestion(db, slot, input.id, JSON.stringify(outcome))
        keep(input.id, outcome)
      } else keep(input.id, { kind: 'interrupted' })
    }
  }
  async function begin(id: string): Promise<boolean> {
    // before anything is waited for: the other workers must know of it
    spending.begin()
    return await beginQuestion(db, slot, id, now())
  }
  async function askOne(text: string, { id, segment }: SentinelInput): Promise<TargetOutcome> {
    for (let attempt = 1; ; attempt++) {
      const outcome = await askTarget(
        target,
        {
          id,
          input: JSON.parse(text),
          segment,
          run: 1,
          origin: 'sentinel',
          idempotencyKey: `${slot.baseline}-${slot.slotAt}-${id}`,
        },
        AbortSignal.timeout(settings.timeoutSeconds * 1000),
      )
      if (outcome.kind === 'answer' || !outcome.isRetryable || attempt >= ATTEMPTS || signal.aborted) return outcome
      await wait(
        Math.min(
          LONGEST_WAIT_MILLISECONDS,
          Math.max((outcome.retryAfterSeconds ?? 0) * 1000, random() * 250 * 2 ** attempt),
        ),
      )
    }
  }
  // with a budget the first answer must say what it cost before others are asked
  if (settings.dailyBudgetUsd !== undefined && spending.calls() === 0) {
    const rest = open.splice(1)
    await worker()
    open.push(...rest)
  }
  await Promise.all(Array.from({ length: Math.min(settings.concurrency, open.length) }, worker))
  signal.throwIfAborted()
  return inputs.flatMap((input) => {
    const outcome = outcomes.get(input.id)
    return outcome === undefined ? [] : [{ input, outcome }]
  })
}

/** A target that cannot even be started has no answer, as one that fails. */
async function askTarget(target: Target, request: TargetRequest, signal: AbortSignal): Promise<TargetOutcome> {
  try {
    return await target.ask(request, signal)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return { kind: 'crashed', detail, isRetryable: false, retryAfterSeconds: null }
  }
}

/** The store holds only what {@link askSentinels} wrote. */
function readOutcome(text: string): TargetOutcome {
  const outcome: TargetOutcome = JSON.parse(text)
  return outcome
}
