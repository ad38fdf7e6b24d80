import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type AttemptFailure,
  backoffMilliseconds,
  isRetryable,
  requestedWaitMilliseconds,
  type RetryState,
  retryVerdict,
} from './retry-policy.ts'

const status = (code: number, headers: Record<string, string> = {}, errorCode?: string): AttemptFailure => ({
  kind: 'status',
  status: code,
  headers: new Headers(headers),
  errorCode,
})
const state = (more: Partial<RetryState> = {}): RetryState => ({
  baseMilliseconds: 500,
  capMilliseconds: 8000,
  resendCount: 0,
  maxRetries: 2,
  nowMilliseconds: 0,
  deadlineMilliseconds: 100_000,
  maximumWaitMilliseconds: 60_000,
  hasBudget: true,
  ...more,
})

describe('backoff', () => {
  it('is drawn uniformly below an exponential cap', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempt, drawn) => {
        const wait = backoffMilliseconds(attempt, { baseMilliseconds: 500, capMilliseconds: 8000 }, () => drawn)
        expect(wait).toBeCloseTo(drawn * Math.min(8000, 500 * 2 ** attempt), 6)
      }),
    )
  })
})

describe('the wait a server asks for', () => {
  const now = Date.parse('2026-11-24T12:00:00Z')
  it.for([
    [{ 'retry-after-ms': '250' }, 250],
    [{ 'retry-after-ms': '1.5', 'retry-after': '9' }, 1.5],
    [{ 'retry-after-ms': 'soon', 'retry-after': '9' }, 9000],
    [{ 'retry-after': '2' }, 2000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after': '0' }, 0],
    [{ 'retry-after': 'Tue, 24 Nov 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Tue, 24 Nov 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-5' }, undefined],
    [{ 'retry-after': 'whenever' }, undefined],
    [{}, undefined],
  ] as const)('%j is %s ms', ([headers, expected]) => {
    expect(requestedWaitMilliseconds(new Headers(headers), now)).toBe(expected)
  })
})

describe('a failure is retried', () => {
  it.for([408, 409, 429, 500, 502, 503, 504, 529])('HTTP %d', (code) => expect(isRetryable(status(code))).toBe(true))
  it.for([400, 401, 403, 404, 413, 422])('not HTTP %d', (code) => expect(isRetryable(status(code))).toBe(false))
  it('when the server says so, and not when it says not', () => {
    expect(isRetryable(status(400, { 'x-should-retry': 'true' }))).toBe(true)
    expect(isRetryable(status(503, { 'x-should-retry': 'false' }))).toBe(false)
  })
  it('never when the account is empty, whatever the server says', () => {
    expect(isRetryable(status(429, { 'x-should-retry': 'true' }, 'insufficient_quota'))).toBe(false)
  })
  it('after a reset and a time-out, not after an abort', () => {
    expect(isRetryable({ kind: 'connection' })).toBe(true)
    expect(isRetryable({ kind: 'timeout' })).toBe(true)
    expect(isRetryable({ kind: 'aborted' })).toBe(false)
  })
})

const outcome = (failure: AttemptFailure, more: Partial<RetryState> = {}) =>
  retryVerdict(failure, state(more), () => 0.5)

describe('the verdict on a failed attempt', () => {
  it('is the first that applies', () => {
    const worst = { deadlineMilliseconds: 0, hasBudget: false, resendCount: 2 }
    expect(outcome({ kind: 'aborted' }, worst).outcome).toBe('aborted')
    expect(outcome(status(400), worst).outcome).toBe('rejected')
    expect(outcome(status(503), worst).outcome).toBe('deadline')
    expect(outcome(status(503), { ...worst, deadlineMilliseconds: 1 }).outcome).toBe('budget')
    expect(outcome(status(503), { resendCount: 2 }).outcome).toBe('exhausted')
    expect(outcome(status(503))).toEqual({ outcome: 'retried', delayMilliseconds: 250 })
  })
  it('takes Retry-After as a minimum and never shortens it', () => {
    expect(outcome(status(429, { 'retry-after': '7' })).delayMilliseconds).toBe(7000)
    expect(outcome(status(429, { 'retry-after-ms': '1' })).delayMilliseconds).toBe(250)
    expect(outcome(status(429, { 'retry-after': '61' })).outcome).toBe('deadline')
    expect(outcome(status(429, { 'retry-after': '7' }), { deadlineMilliseconds: 7000 }).outcome).toBe('deadline')
  })
  it('never waits beyond the deadline, never retries more often than allowed', () => {
    fc.assert(
      fc.property(
        fc.record({
          resendCount: fc.nat(5),
          maxRetries: fc.nat(5),
          nowMilliseconds: fc.nat(100_000),
          deadlineMilliseconds: fc.nat(100_000),
          hasBudget: fc.boolean(),
        }),
        fc.option(fc.nat(100)),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (more, retryAfter, drawn) => {
          const failure = status(503, retryAfter === null ? {} : { 'retry-after': String(retryAfter) })
          const verdict = retryVerdict(failure, state(more), () => drawn)
          if (verdict.outcome !== 'retried') {
            expect(verdict.delayMilliseconds).toBe(0)
            return
          }
          expect(more.resendCount).toBeLessThan(more.maxRetries)
          expect(more.hasBudget).toBe(true)
          expect(more.nowMilliseconds + verdict.delayMilliseconds).toBeLessThan(more.deadlineMilliseconds)
          expect(verdict.delayMilliseconds).toBeGreaterThanOrEqual((retryAfter ?? 0) * 1000)
        },
      ),
    )
  })
})
