import { type Pool, type PoolPair, withSharedMetrics } from '../pool.ts'

export type PairLine = { readonly before: string; readonly after: string; readonly quality: string }

/** Pairs with a label that may be scored; unclear ones, and those whose runs are not in the folder, are left out. */
export function labelledPairs(
  lines: readonly PairLine[],
  find: (run: string) => Pool | undefined,
  name: (line: PairLine) => string = ({ before, after }) => `${before} -> ${after}`,
): PoolPair[] {
  return lines.flatMap((line) => {
    const label = labelOf(line.quality)
    const [before, after] = [find(line.before), find(line.after)]
    if (label === undefined || before === undefined || after === undefined) return []
    const [first, second] = withSharedMetrics(before, after)
    return first.metrics.length === 0 ? [] : [{ name: name(line), label, before: first, after: second }]
  })
}

function labelOf(quality: string): PoolPair['label'] | undefined {
  if (quality === 'drift' || quality === 'drift-in-segment') return 'drift'
  return quality === 'no-drift' ? 'no-drift' : undefined
}
