import { seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import type { Pool } from './pool.ts'

/** One simulated agent: a frozen baseline, then daily batches; from `changeRun` on the second pool answers. */
export type Scenario = {
  readonly name: string
  readonly before: Pool
  readonly after: Pool
  /** 1-based; undefined: the second pool answers from the first run on. */
  readonly changeRun: number
  readonly runs: number
  readonly perDay: number
  readonly baselineItems: number
  /** Share of each stratum before and after the change; undefined: as recorded. */
  readonly mix?: { readonly before: readonly number[]; readonly after: readonly number[] }
  /** The same items as the detector sees them, where that differs from how they are drawn. */
  readonly seen?: { readonly before: Pool; readonly after: Pool }
}

/** Indexes of items in the pool of their day. */
export type Traffic = { readonly baseline: Int32Array; readonly days: readonly Int32Array[] }

/**
 * Independent draws with replacement: no bursts, sessions or day effects. The same name and number give the same traffic
 * to every detector, whatever its settings.
 */
export function traffic(scenario: Scenario, agent: number): Traffic {
  const { name, before, after, changeRun, runs, perDay, baselineItems, mix } = scenario
  const random = seededRandom(seedOf(agent, name))
  const drawBefore = drawer(before, mix?.before, random)
  const drawAfter = drawer(after, mix?.after, random)
  return {
    baseline: Int32Array.from({ length: baselineItems }, drawBefore),
    days: Array.from({ length: runs }, (_, day) =>
      Int32Array.from({ length: perDay }, day + 1 < changeRun ? drawBefore : drawAfter),
    ),
  }
}

/** Shares in which `stratum` has the given one and the others keep their proportions. */
export function mixWith(pool: Pool, stratum: number, share: number): number[] {
  const counts = stratumCounts(pool)
  const others = pool.strata.length - (counts[stratum] ?? 0)
  return counts.map((count, index) => (index === stratum ? share : ((1 - share) * count) / others))
}

export function stratumCounts({ strata, stratumCount }: Pool): number[] {
  const counts = Array.from({ length: stratumCount }, () => 0)
  for (const stratum of strata) counts[stratum]! += 1
  return counts
}

function drawer(pool: Pool, shares: readonly number[] | undefined, random: () => number): () => number {
  const size = pool.strata.length
  if (shares === undefined) return () => Math.floor(random() * size)
  const members = Array.from({ length: pool.stratumCount }, (): number[] => [])
  for (const [item, stratum] of pool.strata.entries()) members[stratum]!.push(item)
  return () => {
    let rest = random()
    let stratum = shares.findLastIndex((share) => share > 0)
    for (const [index, share] of shares.entries()) {
      rest -= share
      if (rest < 0) {
        stratum = index
        break
      }
    }
    const items = members[stratum]!
    return items[Math.floor(random() * items.length)]!
  }
}
