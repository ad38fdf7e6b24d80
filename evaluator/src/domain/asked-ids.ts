import { createHash } from 'node:crypto'

/** The ids that the answer to a question of the harness or of a replay has as a record. */
export type AskedIds = { readonly traceId: string; readonly spanId: string }

export function askedIds(key: string): AskedIds {
  const hash = createHash('sha256').update(key).digest('hex')
  return { traceId: hash.slice(0, 32), spanId: hash.slice(32, 48) }
}

/** The key of the question that a replay asks. */
export function replayKey(baseline: string, slotAt: number, input: string): string {
  return `sentinel/${baseline}/${slotAt}/${input}`
}

/** As judges name a record. */
export function recordOf({ traceId, spanId }: AskedIds): string {
  return `${traceId}/${spanId}`
}
