import { expect, test } from 'vitest'
import { messageText } from './message-text.ts'

const user = { role: 'user', parts: [{ type: 'text', content: 'Where is my parcel?' }] }

test('the text of a single message stands alone', () => {
  expect(messageText(JSON.stringify([user]))).toBe('Where is my parcel?')
})

test('several messages carry their roles', () => {
  const system = { role: 'system', parts: [{ type: 'text', content: 'Be kind.' }] }
  expect(messageText(JSON.stringify([system, user]))).toBe('[system]\nBe kind.\n\n[user]\nWhere is my parcel?')
})

test('a tool call shows its name and arguments', () => {
  const call = { type: 'tool_call', id: '1', name: 'track', arguments: { order: 7 } }
  const message = { role: 'assistant', parts: [call], finish_reason: 'tool_call' }
  expect(messageText(JSON.stringify([message]))).toBe('(tool_call track) {"order":7}')
})

test('a part without text shows what it is', () => {
  const message = { role: 'user', parts: [{ type: 'blob', mime_type: 'image/png' }] }
  expect(messageText(JSON.stringify([message]))).toBe('(blob)')
})

test.each(['plain text', '', '[1,2]', '[]', '[{"role":"user"', '{"category":"refund"}'])(
  '%j is no list of messages and stays as it is',
  (text) => {
    expect(messageText(text)).toBe(text)
  },
)
