import { beforeAll, describe, expect, it } from 'vitest'
import { clientAsks, OUTAGE, type OutageRun, simulateOutage, sum, tidemarkAsks } from './outage-simulation.ts'

const RETRY_COST = 14
const BUDGET = 500

describe.each([1, 2, 3])('an outage of ten minutes with 200 callers, run %i', (seed) => {
  let ours: OutageRun
  let client: OutageRun
  beforeAll(async () => {
    ours = await simulateOutage(tidemarkAsks(), seed)
    client = await simulateOutage(clientAsks(), seed)
  })
  const during = (counts: readonly number[]): number => sum(counts, OUTAGE.begins + 5000, OUTAGE.ends)
  const perSecond = (counts: readonly number[], from: number, to: number): number =>
    (sum(counts, from, to) * 1000) / (to - from)

  it('is answered with no more retries than the budget pays for, once what was under way has ended', () => {
    const { begins, ends } = OUTAGE
    const retries = sum(ours.requests, begins, ends) - sum(ours.operations, begins, ends)
    // answers of before that were still coming refill the budget for a moment
    const late = sum(ours.successes, begins - 3000, begins)
    expect(retries).toBeLessThanOrEqual((BUDGET + late) / RETRY_COST + 1)
    expect(during(ours.requests) / during(ours.operations)).toBeLessThan(1.01)
    expect(during(client.requests) / during(client.operations)).toBeGreaterThan(2.9)
  })

  it('ends without a herd: the busiest second after it is like a busy second of before', () => {
    const before = Math.max(...ours.requests.slice(10, OUTAGE.begins / 1000))
    const after = Math.max(...ours.requests.slice(OUTAGE.ends / 1000, OUTAGE.ends / 1000 + 30))
    expect(after).toBeLessThanOrEqual(before * 1.35)
  })

  it('is forgotten at once: the first ten seconds after it answer as many operations as ever', () => {
    const before = perSecond(ours.successes, 30_000, OUTAGE.begins)
    const after = perSecond(ours.successes, OUTAGE.ends, OUTAGE.ends + 10_000)
    expect(after).toBeGreaterThan(before * 0.9)
  })

  it('leaves the budget refilled within two minutes: a later hiccup is retried again', async () => {
    expect(sum(ours.successes, OUTAGE.ends, OUTAGE.ends + 120_000)).toBeGreaterThan(BUDGET)
  })
})
