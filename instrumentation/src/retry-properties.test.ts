import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AttemptLimits, type AttemptReport, createAttempts } from './attempts.ts'
import { createRetryBudget } from './retry-budget.ts'
import { backoffMilliseconds, requestedWaitMilliseconds } from './retry-policy.ts'

/** What a transport does with one attempt, after so many milliseconds. */
type Step =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly retryAfterMs: number | undefined
      readonly takes: number
    }
  | { readonly kind: 'error'; readonly takes: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('status' as const),
    status: fc.constantFrom(200, 400, 401, 404, 408, 409, 422, 429, 500, 503, 529),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: 120_000 }), { nil: undefined }),
    takes: fc.integer({ min: 0, max: 5000 }),
  }),
  fc.record({ kind: fc.constant('error' as const), takes: fc.integer({ min: 0, max: 5000 }) }),
)

const limits: fc.Arbitrary<AttemptLimits> = fc.record({
  maxRetries: fc.integer({ min: 0, max: 6 }),
  timeoutMilliseconds: fc.constant(600_000),
  baseMilliseconds: fc.integer({ min: 1, max: 2000 }),
  capMilliseconds: fc.integer({ min: 1, max: 10_000 }),
  maximumWaitMilliseconds: fc.integer({ min: 1, max: 60_000 }),
  deadlineMilliseconds: fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
  budgetTokens: fc.constant(500),
})

interface Run {
  readonly sent: number
  readonly waits: readonly number[]
  readonly reports: readonly AttemptReport[]
  readonly milliseconds: number
  readonly tokensLeft: number
}

/** One operation against a transport that plays the steps, the last one for ever; time is simulated. */
async function play(steps: readonly Step[], given: AttemptLimits, seed: number, tokens: number): Promise<Run> {
  let now = 0
  let sent = 0
  let state = seed
  const waits: number[] = []
  const reports: AttemptReport[] = []
  const budget = createRetryBudget(tokens)
  const attempts = createAttempts(
    {
      async inner() {
        const next = steps[Math.min(sent++, steps.length - 1)]
        now += next?.takes ?? 0
        if (next?.kind !== 'status') throw new TypeError('fetch failed')
        const headers: Record<string, string> =
          next.retryAfterMs === undefined ? {} : { 'retry-after-ms': String(next.retryAfterMs) }
        return new Response('{}', { status: next.status, headers })
      },
      input: 'http://provider/v1/chat/completions',
      init: {},
      limits: given,
      budget,
      report: (report) => reports.push(report),
    },
    {
      now: () => now,
      random: () => ((state = (state * 48_271) % 2_147_483_647) % 1000) / 1000,
      async wait(milliseconds) {
        waits.push(milliseconds)
        now += milliseconds
      },
    },
  )
  const response = await attempts.next().catch(() => undefined)
  if (response?.ok === true) await attempts.read(() => response.text(), true)
  return { sent, waits, reports, milliseconds: now, tokensLeft: budget.tokens }
}

const operation = fc.record({
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  given: limits,
  seed: fc.integer({ min: 1, max: 2_147_483_646 }),
  tokens: fc.integer({ min: 1, max: 500 }),
})

const holds = (property: (run: Run, of: { steps: readonly Step[]; given: AttemptLimits; tokens: number }) => void) =>
  fc.assert(
    fc.asyncProperty(operation, async ({ steps, given, seed, tokens }) =>
      property(await play(steps, given, seed, tokens), { steps, given, tokens }),
    ),
    { numRuns: 300 },
  )

describe('whatever a provider does', () => {
  it('no more requests are made than the client allows, and each is reported once', () =>
    holds(({ sent, reports, waits }, { given }) => {
      expect(sent).toBeLessThanOrEqual(given.maxRetries + 1)
      expect(reports).toHaveLength(sent)
      expect(waits).toHaveLength(sent - 1)
      expect(reports.map(({ resendCount }) => resendCount)).toEqual(reports.map((_, index) => index))
    }))

  it('only the last attempt has another outcome than retried', () =>
    holds(({ reports }) => {
      expect(reports.slice(0, -1).every(({ outcome }) => outcome === 'retried')).toBe(true)
      expect(reports.at(-1)?.outcome).not.toBe('retried')
    }))

  it('every wait is at least what the server asked for, and at most the longest allowed', () =>
    holds(({ waits, reports }, { given }) => {
      for (const [index, wait] of waits.entries()) {
        const { response } = reports[index] ?? {}
        const asked = response === undefined ? undefined : requestedWaitMilliseconds(response.headers, 0)
        expect(wait).toBeGreaterThanOrEqual(asked ?? 0)
        expect(wait).toBeLessThanOrEqual(Math.max(given.capMilliseconds, given.maximumWaitMilliseconds))
      }
    }))

  it('no wait ends behind the deadline', () =>
    holds(({ waits, milliseconds }, { given, steps }) => {
      if (given.deadlineMilliseconds === undefined || waits.length === 0) return
      const longest = Math.max(...steps.map(({ takes }) => takes))
      expect(milliseconds).toBeLessThanOrEqual(given.deadlineMilliseconds + longest)
    }))

  it('a 4xx other than 408, 409 and 429 is sent once', () =>
    holds(({ reports }) => {
      for (const { failure, outcome } of reports) {
        if (failure?.kind === 'status' && [400, 401, 404, 422].includes(failure.status))
          expect(outcome).toBe('rejected')
      }
    }))

  it('retries never cost more than the budget holds', () =>
    holds(({ reports, tokensLeft }, { tokens }) => {
      const cost = reports
        .filter(({ outcome }) => outcome === 'retried')
        .reduce((sum, { failure }) => sum + (failure?.kind === 'status' && failure.status === 429 ? 5 : 14), 0)
      expect(cost).toBeLessThanOrEqual(tokens)
      expect(tokensLeft).toBeGreaterThanOrEqual(0)
    }))
})

it('a drawn wait is uniform below its ceiling, whatever the attempt', () => {
  fc.assert(
    fc.property(
      fc.nat(30),
      fc.integer({ min: 1, max: 5000 }),
      fc.integer({ min: 1, max: 60_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, baseMilliseconds, capMilliseconds, drawn) => {
        const ceiling = Math.min(capMilliseconds, baseMilliseconds * 2 ** attempt)
        const wait = backoffMilliseconds(attempt, { baseMilliseconds, capMilliseconds }, () => drawn)
        expect(wait).toBeCloseTo(drawn * ceiling, 6)
        expect(wait).toBeLessThan(ceiling)
      },
    ),
  )
})
