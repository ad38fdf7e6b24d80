import { expect, test } from 'vitest'
import { answerFrom, type RecordedAnswer } from '../../playback/recorded-answer.ts'

const recorded = (part: Partial<RecordedAnswer>): RecordedAnswer => ({
  model: 'm',
  output_kind: 'text',
  output: 'text',
  tool_calls: undefined,
  latency_s: 0.5,
  input_tokens: 10,
  output_tokens: 20,
  ...part,
})
const calls = [{ name: 'f', arguments: '{"a":' }]

test.each<[what: string, part: Partial<RecordedAnswer>, limit: number, expected: object]>([
  ['text', {}, 100, { content: 'text', toolCalls: [], finishReason: 'stop', latencySeconds: 0.5 }],
  ['text as long as the limit', {}, 20, { finishReason: 'length' }],
  [
    'tool calls',
    { output_kind: 'tool_calls', tool_calls: calls },
    100,
    { content: null, toolCalls: calls, finishReason: 'tool_calls' },
  ],
  [
    'text between calls',
    { output_kind: 'mixed', tool_calls: calls, output: JSON.stringify(['Let me ', { f: '{}' }, 'look.']) },
    100,
    { content: 'Let me look.', toolCalls: calls, finishReason: 'tool_calls' },
  ],
  ['mixed output that is no list', { output_kind: 'mixed', tool_calls: calls }, 100, { content: 'text' }],
  [
    'a safety stop',
    { output_kind: 'provider_block', output: '{}' },
    100,
    { content: null, toolCalls: [], finishReason: 'content_filter' },
  ],
  ['unknown tokens', { output_tokens: null }, 1, { usage: null, finishReason: 'stop' }],
  [
    'tokens recorded as zero',
    { input_tokens: 0, output_tokens: 0 },
    100,
    { usage: { inputTokens: 0, outputTokens: 0 } },
  ],
  ['an unknown latency', { latency_s: null }, 100, { latencySeconds: 1 }],
])('%s is sent as the API sends it', (_, part, limit, expected) => {
  expect(answerFrom(recorded(part), limit)).toMatchObject(expected)
})
