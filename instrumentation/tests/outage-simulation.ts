import { type AttemptLimits, createAttempts } from '../src/attempts.ts'
import { createRetryBudget } from '../src/retry-budget.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'

/** The day of an outage, milliseconds: callers work, the provider answers 503 for ten minutes, callers work on. */
export const OUTAGE = { begins: 120_000, ends: 720_000, over: 900_000 } as const
export const CALLERS = 200

export interface OutageRun {
  /** HTTP requests in each second. */
  readonly requests: readonly number[]
  /** Operations begun in each second, and those of them that succeeded. */
  readonly operations: readonly number[]
  readonly successes: readonly number[]
}

/** One operation of a caller: true when it got its answer. */
type Ask = (send: () => Promise<Response>, clock: VirtualClock, random: () => number) => Promise<boolean>

/** Means of the exponential times a caller thinks and the provider answers, milliseconds. */
const THINKS = 1000
const ANSWERS = 400
const REFUSES = 50
/** After the day callers begin nothing new; what is under way ends in this time, milliseconds. */
const LAST_ANSWERS = 60_000

/** 200 callers of one process; each asks, thinks, and asks again, whether or not it got an answer. Time is simulated. */
export async function simulateOutage(ask: Ask, seed: number): Promise<OutageRun> {
  const clock = createVirtualClock()
  const random = randomFrom(seed)
  const exponential = (mean: number): number => -Math.log(1 - random()) * mean
  const seconds = OUTAGE.over / 1000
  const run = {
    requests: Array.from({ length: seconds }, () => 0),
    operations: Array.from({ length: seconds }, () => 0),
    successes: Array.from({ length: seconds }, () => 0),
  }
  const count = (counts: number[], at: number): void => {
    const second = Math.floor(at / 1000)
    if (second < seconds) counts[second] = (counts[second] ?? 0) + 1
  }
  const send = async (): Promise<Response> => {
    count(run.requests, clock.now())
    const isOut = clock.now() >= OUTAGE.begins && clock.now() < OUTAGE.ends
    await clock.sleep(exponential(isOut ? REFUSES : ANSWERS))
    return new Response('{}', { status: isOut ? 503 : 200 })
  }
  const caller = async (): Promise<void> => {
    while (clock.now() < OUTAGE.over) {
      await clock.sleep(exponential(THINKS))
      const began = clock.now()
      count(run.operations, began)
      if (await ask(send, clock, random)) count(run.successes, began)
    }
  }
  for (let index = 0; index < CALLERS; index++) void caller()
  await clock.runUntil(OUTAGE.over + LAST_ANSWERS)
  return run
}

const LIMITS: AttemptLimits = {
  maxRetries: 2,
  timeoutMilliseconds: 600_000,
  baseMilliseconds: 500,
  capMilliseconds: 8000,
  maximumWaitMilliseconds: 60_000,
  deadlineMilliseconds: undefined,
  budgetTokens: 500,
}

/** Our attempts, with one budget for all callers. */
export function tidemarkAsks(): Ask {
  const budget = createRetryBudget(LIMITS.budgetTokens)
  return async (send, clock, random) => {
    const attempts = createAttempts(
      { inner: send, input: 'http://provider/', init: {}, limits: LIMITS, budget, report: () => undefined },
      { now: clock.now, random, wait: (milliseconds) => clock.sleep(milliseconds) },
    )
    const response = await attempts.next()
    if (response.ok) await attempts.read(() => Promise.resolve('{}'), true)
    return response.ok
  }
}

/** The openai client's own rule: two retries, half a second and doubled, up to a quarter less by jitter, no budget. */
export function clientAsks(): Ask {
  return async (send, clock, random) => {
    for (let resend = 0; ; resend++) {
      const response = await send()
      if (response.ok) return true
      if (resend === LIMITS.maxRetries) return false
      await clock.sleep(Math.min(LIMITS.capMilliseconds, LIMITS.baseMilliseconds * 2 ** resend) * (1 - random() * 0.25))
    }
  }
}

/** Lehmer's generator: the same run for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

export function sum(counts: readonly number[], fromMilliseconds: number, toMilliseconds: number): number {
  return counts.slice(fromMilliseconds / 1000, toMilliseconds / 1000).reduce((total, count) => total + count, 0)
}
