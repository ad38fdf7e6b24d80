import { describe, expect, test } from 'vitest'
import { callRecord, validationRecord } from '../../tests/call-records.ts'
import { joinValidations } from './evaluated-call.ts'

describe('a validation belongs to', () => {
  test('the call whose span is its parent', () => {
    const call = callRecord('a')
    const [joined] = joinValidations([call], [validationRecord(call, 'empty')])
    expect(joined?.validation?.outcome).toBe('empty')
  })

  test('the call with its response id when its parent is another span', () => {
    const call = callRecord('a')
    const validation = { ...validationRecord(call, 'refused'), traceId: '0'.repeat(32), parentSpanId: null }
    expect(joinValidations([call], [validation])[0]?.validation?.outcome).toBe('refused')
  })

  test('no call at all when neither fits', () => {
    const validation = validationRecord(callRecord('b'))
    expect(joinValidations([callRecord('a')], [validation])[0]?.validation).toBeNull()
  })

  test('of several the first counts: later ones check what was repaired', () => {
    const call = callRecord('a')
    const first = validationRecord(call, 'malformed_json')
    const later = { ...validationRecord(call, 'valid'), spanId: 'f'.repeat(16), at: first.at + 10 }
    expect(joinValidations([call], [first, later])[0]?.validation?.outcome).toBe('malformed_json')
  })
})
