import { createHmac } from 'node:crypto'
import type { EvaluatedCall } from './evaluated-call.ts'

/** Why a call of the window is no item of the statistics. */
export const EXCLUSIONS = [
  'failed_call',
  'harness',
  'sentinel',
  'variant',
  'same_conversation',
  'conversation_seen_before',
] as const
export type Exclusion = (typeof EXCLUSIONS)[number]

export type Sample = {
  readonly items: readonly EvaluatedCall[]
  readonly excluded: Readonly<Record<Exclusion, number>>
}

/** The arm that is watched against the baseline; other variants are compared with it on the same day. */
const CONTROL = 'control'

/**
 * The items of one slot: successful production calls of the control arm, one for each conversation (or trace, where no
 * conversation is known), none of a conversation that was an item before; of more than `size`, those with the lowest keyed
 * hash of (slot, conversation or trace), which is a uniform sample independent of any score (STATISTICS §1).
 */
export function sampleSlot(
  calls: readonly EvaluatedCall[],
  options: {
    readonly slotAt: number
    readonly size: number
    readonly seenConversations: ReadonlySet<string>
    /** Key of the hash, unknown to whoever makes the calls. */
    readonly key: string
  },
): Sample {
  const hash = (text: string): string => createHmac('sha256', options.key).update(text).digest('hex')
  const excluded: Record<Exclusion, number> = {
    failed_call: 0,
    harness: 0,
    sentinel: 0,
    variant: 0,
    same_conversation: 0,
    conversation_seen_before: 0,
  }
  const byConversation = new Map<string, EvaluatedCall>()
  for (const entry of calls) {
    const reason = exclusionOf(entry, options.seenConversations)
    if (reason !== null) {
      excluded[reason]++
      continue
    }
    const conversation = clusterOf(entry)
    const other = byConversation.get(conversation)
    if (other !== undefined) excluded.same_conversation++
    if (other === undefined || hash(entry.call.spanId) < hash(other.call.spanId))
      byConversation.set(conversation, entry)
  }
  const eligible = [...byConversation.values()]
  return { items: lowestHashes(eligible, options, hash), excluded }
}

function exclusionOf({ call }: EvaluatedCall, seen: ReadonlySet<string>): Exclusion | null {
  if (call.origin !== 'production') return call.origin
  if (call.variant !== CONTROL) return 'variant'
  if (call.errorType !== null) return 'failed_call'
  if (call.conversationId !== null && seen.has(call.conversationId)) return 'conversation_seen_before'
  return null
}

function lowestHashes(
  calls: readonly EvaluatedCall[],
  { slotAt, size }: { readonly slotAt: number; readonly size: number },
  hash: (text: string) => string,
): readonly EvaluatedCall[] {
  if (calls.length <= size) return calls
  return calls
    .map((entry) => ({ entry, key: hash(`${slotAt}/${clusterOf(entry)}`) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .slice(0, size)
    .map(({ entry }) => entry)
}

/** Calls of one conversation, or of one trace where no conversation is known, depend on each other. */
function clusterOf({ call }: EvaluatedCall): string {
  return call.conversationId ?? call.traceId
}
