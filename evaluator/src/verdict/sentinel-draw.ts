import { createHmac } from 'node:crypto'

/**
 * The frozen inputs of one run: a fresh keyed order of all of them, used up part by part (STATISTICS §8). What is left of an
 * order and too little for a run is not asked, so that no input comes twice in a run.
 * @param run 0 for the first run against this baseline
 * @param key unknown to the agent, which could otherwise be tuned to the inputs of tomorrow
 */
export function drawSentinels(
  ids: readonly string[],
  { run, perRun, key }: { readonly run: number; readonly perRun: number; readonly key: string },
): string[] {
  const size = Math.min(perRun, ids.length)
  if (size === 0) return []
  const runsInOrder = Math.floor(ids.length / size)
  const order = Math.floor(run / runsInOrder)
  const from = (run % runsInOrder) * size
  return ids
    .map((id) => ({ id, hash: createHmac('sha256', key).update(`${order}/${id}`).digest('hex') }))
    .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(from, from + size)
    .map(({ id }) => id)
}
