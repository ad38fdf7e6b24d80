import { describe, expect, it } from 'vitest'
import { type AttemptLimits, type AttemptReport, createAttempts, type Fetch, operationDeadline } from './attempts.ts'
import { createRetryBudget, type RetryBudget } from './retry-budget.ts'

const LIMITS: AttemptLimits = {
  maxRetries: 2,
  timeoutMilliseconds: 10_000,
  baseMilliseconds: 500,
  capMilliseconds: 8000,
  maximumWaitMilliseconds: 60_000,
  deadlineMilliseconds: undefined,
  budgetTokens: 500,
}

/** A transport that answers in turn, and a clock that only waiting moves. */
function attemptsAgainst(
  answers: readonly (() => Response)[],
  {
    budget = createRetryBudget(500),
    limits = LIMITS,
    init = {},
  }: { budget?: RetryBudget; limits?: AttemptLimits; init?: RequestInit } = {},
) {
  let now = 1_000_000
  const waits: number[] = []
  const sent: Headers[] = []
  const reports: AttemptReport[] = []
  const inner: Fetch = async (_, request) => {
    const answer = answers[Math.min(sent.length, answers.length - 1)]
    sent.push(new Headers(request?.headers))
    if (answer === undefined) throw new TypeError('fetch failed')
    return answer()
  }
  const attempts = createAttempts(
    {
      inner,
      input: 'http://provider/v1/chat/completions',
      init,
      limits,
      budget,
      report: (report) => reports.push(report),
    },
    {
      now: () => now,
      random: () => 0.5,
      wait: async (milliseconds) => {
        waits.push(milliseconds)
        now += milliseconds
      },
    },
  )
  return { attempts, waits, sent, outcomes: () => reports.map(({ outcome }) => outcome) }
}

const ok = () => Response.json({ id: 'c' })
const unavailable = () => new Response('{}', { status: 503 })
const throttled = (headers: Record<string, string>) => () => new Response('{}', { status: 429, headers })

describe('the attempts of an operation', () => {
  it('wait with full jitter and grow exponentially', async () => {
    const { attempts, waits, outcomes } = attemptsAgainst([unavailable])
    expect((await attempts.next()).status).toBe(503)
    expect(waits).toEqual([250, 500])
    expect(outcomes()).toEqual(['retried', 'retried', 'exhausted'])
  })

  it('wait for Retry-After, not longer than the deadline', async () => {
    const patient = attemptsAgainst([throttled({ 'retry-after': '3' }), ok])
    expect((await patient.attempts.next()).ok).toBe(true)
    expect(patient.waits).toEqual([3000])
    const hurried = attemptsAgainst([throttled({ 'retry-after': '3' }), ok], {
      limits: { ...LIMITS, deadlineMilliseconds: 2000 },
    })
    expect((await hurried.attempts.next()).status).toBe(429)
    expect(hurried.waits).toEqual([])
    expect(hurried.outcomes()).toEqual(['deadline'])
  })

  it('number themselves where the client does', async () => {
    const { attempts, sent } = attemptsAgainst([unavailable, unavailable, ok], {
      init: { headers: { 'x-stainless-retry-count': '0' } },
    })
    await attempts.next()
    expect(sent.map((headers) => headers.get('x-stainless-retry-count'))).toEqual(['0', '1', '2'])
    const plain = attemptsAgainst([unavailable, ok])
    await plain.attempts.next()
    expect(plain.sent.map((headers) => [...headers.keys()])).toEqual([[], []])
  })

  it('end where the budget of the provider ends, and a success gives back what its retry cost', async () => {
    const budget = createRetryBudget(14)
    const first = attemptsAgainst([unavailable, ok], { budget })
    const response = await first.attempts.next()
    expect(budget.tokens).toBe(0)
    await first.attempts.read(() => response.text(), true)
    expect(budget.tokens).toBe(14)
    const empty = attemptsAgainst([unavailable], { budget: createRetryBudget(13) })
    await empty.attempts.next()
    expect(empty.outcomes()).toEqual(['budget'])
  })

  it('read the code of a 429 and leave its body to the client', async () => {
    const body = { error: { type: 'insufficient_quota', code: 'insufficient_quota' } }
    const { attempts, outcomes } = attemptsAgainst([() => Response.json(body, { status: 429 })])
    const response = await attempts.next()
    expect(await response.json()).toEqual(body)
    expect(outcomes()).toEqual(['rejected'])
  })

  it('stop at once when the caller aborts while they wait', async () => {
    const controller = new AbortController()
    const attempts = createAttempts(
      {
        inner: async () => unavailable(),
        input: 'http://provider/',
        init: { signal: controller.signal },
        limits: LIMITS,
        budget: createRetryBudget(500),
        report: () => undefined,
      },
      {
        now: Date.now,
        random: () => 0.5,
        wait: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(new Error('aborted', { cause: signal.reason })))
            controller.abort('enough')
          }),
      },
    )
    await expect(attempts.next()).rejects.toMatchObject({ cause: 'enough' })
  })

  it('give a body that hangs the time its headers left, however late somebody begins to read it', async () => {
    let now = 0
    let signal: AbortSignal | null | undefined
    const outcomes: string[] = []
    const attempts = createAttempts(
      {
        inner: async (_, request) => {
          signal = request?.signal
          now += 5
          return ok()
        },
        input: 'http://provider/',
        init: {},
        limits: { ...LIMITS, maxRetries: 0, timeoutMilliseconds: 20 },
        budget: createRetryBudget(500),
        report: ({ outcome }) => outcomes.push(outcome),
      },
      { now: () => now, random: () => 0.5, wait: () => Promise.resolve() },
    )
    await attempts.next()
    now += 1000
    const hanging = new Promise<string>((_, reject) => {
      signal?.addEventListener('abort', () => reject(new Error('aborted')))
    })
    await expect(attempts.read(() => hanging, true)).rejects.toThrow('did not end in time')
    expect(outcomes).toEqual(['deadline'])
  })

  it.for([
    ['headers', false],
    ['a body', true],
  ] as const)('wait for %s no longer than the deadline of the operation', async ([, isBody], { expect }) => {
    const outcomes: string[] = []
    let requests = 0
    const hanging = (signal: AbortSignal | null | undefined) =>
      new Promise<never>((_, reject) => {
        signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      })
    let seen: AbortSignal | null | undefined
    const attempts = createAttempts(
      {
        inner: (_, request) => {
          requests++
          seen = request?.signal
          return isBody ? Promise.resolve(ok()) : hanging(seen)
        },
        input: 'http://provider/',
        init: {},
        limits: { ...LIMITS, timeoutMilliseconds: 60_000, deadlineMilliseconds: 20 },
        budget: createRetryBudget(500),
        report: ({ outcome }) => outcomes.push(outcome),
      },
      // a clock that stands still: the timer alone decides
      { now: () => 1000, random: () => 0.5, wait: () => Promise.resolve() },
    )
    const reading = isBody ? attempts.next().then(() => attempts.read(() => hanging(seen), true)) : attempts.next()
    await expect(reading).rejects.toThrow()
    expect({ requests, outcomes, isTimedOut: attempts.isTimedOut }).toEqual({
      requests: 1,
      outcomes: ['deadline'],
      isTimedOut: true,
    })
  })

  it('have as much time as all of them and their waits need', () => {
    expect(operationDeadline(LIMITS)).toBe(3 * 10_000 + 2 * 60_000)
    expect(operationDeadline({ ...LIMITS, deadlineMilliseconds: 5 })).toBe(5)
  })
})
