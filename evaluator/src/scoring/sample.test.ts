import { describe, expect, test } from 'vitest'
import { callRecord, dayOfCalls, evaluated, MONDAY } from '../../tests/call-records.ts'
import { sampleSlot } from './sample.ts'

const options = { slotAt: MONDAY, size: 500, seenConversations: new Set<string>(), key: 'baseline' }

describe('the sample of a slot', () => {
  test('leaves out failed calls, harness, sentinel and other variants, and counts each', () => {
    const calls = [
      callRecord('good'),
      callRecord('failed', { errorType: '429' }),
      callRecord('harness', { origin: 'harness' }),
      callRecord('sentinel', { origin: 'sentinel' }),
      callRecord('canary', { variant: 'canary' }),
    ].map((call) => evaluated(call))
    const sample = sampleSlot(calls, options)
    expect(sample.items.map(({ call }) => call.responseId)).toEqual(['response-good'])
    expect(sample.excluded).toEqual({
      failed_call: 1,
      harness: 1,
      sentinel: 1,
      variant: 1,
      same_conversation: 0,
      conversation_seen_before: 0,
    })
  })

  test('takes one item of a conversation, whatever the order of its calls', () => {
    const calls = ['a', 'b', 'c'].map((key) => evaluated(callRecord(key, { conversationId: 'c-1' })))
    const sample = sampleSlot(calls, options)
    const reversed = sampleSlot(calls.toReversed(), options)
    expect(sample.items).toHaveLength(1)
    expect(reversed.items).toEqual(sample.items)
    expect(sample.excluded.same_conversation).toBe(2)
  })

  test('takes one call of a trace where no conversation is known: re-asks and steps depend on each other', () => {
    const first = callRecord('a')
    const again = { ...callRecord('b'), traceId: first.traceId }
    const sample = sampleSlot(
      [first, again, callRecord('c')].map((call) => evaluated(call)),
      options,
    )
    expect(sample.items).toHaveLength(2)
    expect(sample.excluded.same_conversation).toBe(1)
  })

  test('drops a conversation that was an item before', () => {
    const calls = [
      evaluated(callRecord('a', { conversationId: 'old' })),
      evaluated(callRecord('b', { conversationId: 'new' })),
    ]
    const sample = sampleSlot(calls, { ...options, seenConversations: new Set(['old']) })
    expect(sample.items.map(({ call }) => call.conversationId)).toEqual(['new'])
    expect(sample.excluded.conversation_seen_before).toBe(1)
  })

  test('of more than the batch size takes the same calls in every order, and others in another slot', () => {
    const calls = dayOfCalls(MONDAY, { calls: 300, invalidEvery: 0 })
    const ids = (sample: ReturnType<typeof sampleSlot>): string[] =>
      sample.items.map(({ call }) => call.spanId).toSorted()
    const first = ids(sampleSlot(calls, { ...options, size: 50 }))
    expect(first).toHaveLength(50)
    expect(ids(sampleSlot(calls.toReversed(), { ...options, size: 50 }))).toEqual(first)
    expect(ids(sampleSlot(calls, { ...options, slotAt: MONDAY + 1, size: 50 }))).not.toEqual(first)
  })
})
