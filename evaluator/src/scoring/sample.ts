import { createHmac } from 'node:crypto'
import { armOf, CONTROL, type Promotion } from './arm.ts'
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
  /** By reason: of {@link EXCLUSIONS}, and of the windows that were excluded. */
  readonly excluded: Readonly<Record<string, number>>
  /** Items of the other arms by the variant's name, picked by the same rules; they are no items of the streams. */
  readonly variants: ReadonlyMap<string, readonly EvaluatedCall[]>
}

/** Arms compared in a slot beside control: those with most items. */
export const VARIANTS_COMPARED = 4

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
    /** Variants that have become control. */
    readonly promotions?: readonly Promotion[]
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
  const arms = new Map<string, Map<string, EvaluatedCall>>([[CONTROL, new Map()]])
  for (const entry of calls) {
    const arm = armOf(entry.call, options.promotions ?? [])
    const isControl = arm === CONTROL
    const reason = exclusionOf(entry, options.seenConversations)
    // of a variant only that it is one counts here
    if (!isControl && entry.call.origin === 'production') excluded.variant++
    if (reason !== null) {
      if (isControl || entry.call.origin !== 'production') excluded[reason]++
      continue
    }
    const byConversation = arms.get(arm) ?? new Map<string, EvaluatedCall>()
    arms.set(arm, byConversation)
    const conversation = clusterOf(entry)
    const other = byConversation.get(conversation)
    if (other !== undefined && isControl) excluded.same_conversation++
    if (other === undefined || hash(entry.call.spanId) < hash(other.call.spanId))
      byConversation.set(conversation, entry)
  }
  const picked = (arm: ReadonlyMap<string, EvaluatedCall>): readonly EvaluatedCall[] =>
    lowestHashes([...arm.values()], options, hash)
  return { items: picked(arms.get(CONTROL) ?? new Map()), excluded, variants: largestVariants(arms, picked) }
}

function largestVariants(
  arms: ReadonlyMap<string, ReadonlyMap<string, EvaluatedCall>>,
  picked: (arm: ReadonlyMap<string, EvaluatedCall>) => readonly EvaluatedCall[],
): ReadonlyMap<string, readonly EvaluatedCall[]> {
  const largest = [...arms]
    .filter(([name]) => name !== CONTROL)
    .toSorted(([a, x], [b, y]) => y.size - x.size || (a < b ? -1 : 1))
    .slice(0, VARIANTS_COMPARED)
  return new Map(largest.map(([name, arm]) => [name, picked(arm)]))
}

function exclusionOf({ call }: EvaluatedCall, seen: ReadonlySet<string>): Exclusion | null {
  if (call.origin !== 'production') return call.origin
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
