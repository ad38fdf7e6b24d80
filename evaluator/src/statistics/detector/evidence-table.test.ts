import { describe, expect, test } from 'vitest'
import { effectPrior } from './effect-prior.ts'
import { DOWN, EvidenceTable, UP } from './evidence-table.ts'

describe('sums of the evidence', () => {
  const table = (zs: readonly number[]): EvidenceTable => {
    const evidence = new EvidenceTable(effectPrior('score', 'higher-better'), 91.25)
    for (const z of zs) {
      evidence.openCandidate()
      evidence.addNormal(z, new Float64Array(evidence.candidates).fill(8))
    }
    return evidence
  }

  test('a selection of everything is everything', () => {
    const everything = new Uint8Array(3).fill(DOWN | UP)
    const { logEverything, logSelected } = table([-2, 0.5, 1]).sums([everything])
    expect(logSelected[0]).toBeCloseTo(logEverything, 12)
  })

  test('both signs of the selection add up to everything', () => {
    const down = new Uint8Array(3).fill(DOWN)
    const up = new Uint8Array(3).fill(UP)
    const { logEverything, logSelected } = table([-2, 0.5, 1]).sums([down, up])
    expect(Math.log(logSelected.reduce((sum, log) => sum + Math.exp(log), 0))).toBeCloseTo(logEverything, 12)
  })

  test('an empty selection has no evidence', () => {
    expect(table([1, 2]).sums([new Uint8Array(2)]).logSelected).toEqual([-Infinity])
  })

  test('a selection thousands of times below the rest keeps its digits', () => {
    const up = new Uint8Array(2).fill(UP)
    const { logEverything, logSelected } = table([-40, -40]).sums([up])
    // far above what fits in a double beside it: the up side alone, by hand
    const factor = (d: number, runs: number): number => runs * (d * 8 * -40 - (d * 8) ** 2 / 2)
    const terms = [0.1, 0.2, 0.4, 0.8].flatMap((d) => [
      Math.log(0.05) + factor(d, 2) + Math.log(92.25),
      Math.log(0.05) + factor(d, 1),
    ])
    const max = Math.max(...terms)
    const byHand = max + Math.log(terms.reduce((sum, term) => sum + Math.exp(term - max), 0))
    expect(logEverything - byHand).toBeGreaterThan(460)
    expect(logSelected[0]).toBeCloseTo(byHand, 9)
  })
})
