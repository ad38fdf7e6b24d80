/** An agent as a bundler gets it: a call that is retried, a stream, a decision, an escalation that the queue takes and one it refuses. */
import { createTidemark } from '@tidemark/instrumentation'
import OpenAI from 'openai'
import { z } from 'zod'
// written beside it by the test
import { PROVIDER_URL, QUEUE_URL } from './addresses.mjs'

const lines = []
const tidemark = createTidemark({
  agent: 'bundled',
  hashKey: 'a key for the tests',
  outbox: false,
  endpoint: QUEUE_URL,
  retry: { baseMilliseconds: 1 },
  structuredLog: (line) => lines.push(JSON.parse(line)),
})
// as applications do it: once for the process, outside of any request
const openai = tidemark.instrument(new OpenAI({ apiKey: 'sk-test', baseURL: PROVIDER_URL, maxRetries: 1 }))
const question = { model: 'gpt-4o', messages: [{ role: 'user', content: 'How are you?' }] }

/** What the agent saw, and what was recorded of it. */
export async function answer() {
  const plain = await tidemark.run({ segment: 'greeting' }, () => openai.chat.completions.create(question))
  let streamed = ''
  for await (const chunk of await openai.chat.completions.create({ ...question, stream: true }))
    streamed += chunk.choices[0]?.delta.content ?? ''
  const { outcome } = await tidemark.validate(z.strictObject({ mood: z.string() }), plain)
  const escalate = () =>
    tidemark
      .escalate({ reason: 'policy', question: 'Is it?', context: { ticket: 1 }, input: 'a', output: null })
      .catch(({ code }) => code)
  const escalations = [await escalate(), await escalate()].map((one) => one.stored ?? one)
  await tidemark.flush(1000)
  const spans = lines.splice(0)
  return {
    plain: plain.choices[0].message.content,
    streamed,
    outcome,
    escalations,
    spans: spans.map(({ name }) => name),
    segments: spans.map((span) => span['tidemark.segment']).filter((segment) => segment !== undefined),
    inputHashes: [...new Set(spans.map((span) => span['tidemark.input.hash']).filter((hash) => hash !== undefined))],
  }
}
