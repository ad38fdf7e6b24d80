import { setTimeout as wait } from 'node:timers/promises'
import type { Target, TargetOutcome } from '../target/target.ts'
import type { Example } from './example.ts'
import { createSpending } from './spending.ts'
import { questionKey, type Journal, type JournalWriter, type RunHead, type SetName } from './journal.ts'

export type Limits = {
  readonly concurrency: number
  /** Of one attempt. */
  readonly timeoutMilliseconds: number
  readonly attempts: number
  /** US dollars of the whole run; Infinity for no limit. */
  readonly maxSpendUsd: number
}
export type Question = { readonly set: SetName; readonly example: Example; readonly run: number }
export type Ended = 'complete' | 'stopped' | 'spend_reached' | 'spend_unknown'

/** Every question of a run in the order of asking: all inputs once, then again, so that runs lie apart in time. */
export function questionsOf(
  runs: number,
  sets: readonly { readonly set: SetName; readonly examples: readonly Example[] }[],
): Question[] {
  return Array.from({ length: runs }, (_, i) =>
    sets.flatMap(({ set, examples }) => examples.map((example) => ({ set, example, run: i + 1 }))),
  ).flat()
}

/**
 * Asks what has no answer in the journal yet. Before each attempt the intent, after it the result is on the disk; an answer
 * that was received is never asked for again. Only what the target certainly did not take is tried again.
 * @param stop ends the asking; questions under way are waited for
 */
export async function askAll(
  questions: readonly Question[],
  {
    head,
    journal,
    writer,
    target,
    limits,
    stop,
    now,
    random,
    tell,
  }: {
    head: RunHead
    journal: Journal
    writer: JournalWriter
    target: Target
    limits: Limits
    stop: AbortSignal
    now: () => number
    random: () => number
    tell: (spentUsd: number) => void
  },
): Promise<Ended> {
  const answered = new Set(journal.results.map(({ key }) => key))
  const open = questions
    .map((question) => ({ ...question, key: questionKey(head.id, question.set, question.example.id, question.run) }))
    .filter(({ key }) => !answered.has(key))
  const spending = createSpending(
    journal.results.map(({ outcome }) => outcome),
    limits.maxSpendUsd,
  )
  let next = 0
  let ended: Ended = 'complete'
  async function worker(): Promise<void> {
    while (next < open.length && ended === 'complete') {
      if (stop.aborted) ended = 'stopped'
      else if (!spending.allowsAnother()) ended = spending.isUnknown() ? 'spend_unknown' : 'spend_reached'
      if (ended !== 'complete') return
      const question = open[next]
      next += 1
      if (question === undefined) return
      spending.begin()
      const { outcome, attempts } = await askOne(question, { head, writer, target, limits, stop, now, random })
      const { key, set, run, example } = question
      writer.append({ type: 'result', set, example: example.id, run, key, attempts, at: now(), outcome })
      spending.end(outcome)
      tell(spending.spentUsd())
    }
  }
  // with a limit the first answer must say what it cost before others are asked
  if (limits.maxSpendUsd < Infinity && spending.calls() === 0 && open.length > 0) {
    const rest = open.splice(1)
    await worker()
    open.push(...rest)
  }
  await Promise.all(Array.from({ length: Math.min(limits.concurrency, open.length) }, worker))
  return ended
}

async function askOne(
  { example, run, key }: Question & { key: string },
  {
    head,
    writer,
    target,
    limits,
    stop,
    now,
    random,
  }: {
    head: RunHead
    writer: JournalWriter
    target: Target
    limits: Limits
    stop: AbortSignal
    now: () => number
    random: () => number
  },
): Promise<{ outcome: TargetOutcome; attempts: number }> {
  for (let attempt = 1; ; attempt++) {
    writer.append({ type: 'intent', key, attempt, at: now() })
    const outcome = await target.ask(
      {
        id: example.id,
        input: example.input,
        segment: example.segment,
        run,
        origin: 'harness',
        idempotencyKey: `${head.id.slice(0, 8)}-${key}`,
      },
      AbortSignal.timeout(limits.timeoutMilliseconds),
    )
    if (outcome.kind === 'answer' || !outcome.isRetryable || attempt >= limits.attempts || stop.aborted)
      return { outcome, attempts: attempt }
    await wait(Math.max((outcome.retryAfterSeconds ?? 0) * 1000, random() * Math.min(30_000, 250 * 2 ** attempt)))
  }
}
