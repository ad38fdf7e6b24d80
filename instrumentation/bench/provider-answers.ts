import { MODEL, STREAM_CHUNKS } from './workload.ts'

const USAGE = { prompt_tokens: 512, completion_tokens: 98, total_tokens: 610 }
const ANSWER = JSON.stringify({
  category: 'billing',
  confidence: 0.92,
  summary: 'The customer was charged twice for one invoice and asks for a refund of the second payment.',
  next: ['check the ledger', 'refund the difference', 'confirm by mail'],
})
/** Of a call that is not streamed; every answer has an id of its own. */
export function completion(number: number): string {
  return `{"id":"chatcmpl-${number}",${COMPLETION.slice(1)}`
}

const COMPLETION = JSON.stringify({
  object: 'chat.completion',
  created: 1_760_000_000,
  model: `${MODEL}-2024-07-18`,
  choices: [
    { index: 0, message: { role: 'assistant', content: ANSWER, refusal: null }, logprobs: null, finish_reason: 'stop' },
  ],
  usage: USAGE,
  service_tier: 'default',
  system_fingerprint: 'fp_bench',
})

/** A streamed answer: the role, the words, the finish reason, the usage, the end marker. */
export const EVENTS: readonly string[] = [
  event([choice({ role: 'assistant', content: '', refusal: null }, null)], null),
  ...Array.from({ length: STREAM_CHUNKS - 2 }, (_, index) =>
    event([choice({ content: ` word${index % 10}` }, null)], null),
  ),
  event([choice({}, 'stop')], null),
  event([], USAGE),
  'data: [DONE]\n\n',
]

function event(choices: readonly object[], usage: object | null): string {
  const chunk = {
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_760_000_000,
    model: `${MODEL}-2024-07-18`,
    service_tier: 'default',
    system_fingerprint: 'fp_bench',
    choices,
    usage,
    obfuscation: 'aB3xY9',
  }
  return `data: ${JSON.stringify(chunk)}\n\n`
}

function choice(delta: object, reason: string | null): object {
  return { index: 0, delta, logprobs: null, finish_reason: reason }
}
