import OpenAI from 'openai'
import { expect, it } from 'vitest'
import { createTidemark } from '../src/index.ts'
import { HASH_KEY, setting } from './client-setting.ts'
import { completion, json } from './loopback-provider.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] }

it('two agents of one process keep their names, scopes and metrics apart, also in each other’s calls', async (test) => {
  const { provider, sink, tidemark: first } = await setting(test, [json(200, completion('{}'))])
  const second = createTidemark({
    agent: 'other',
    promptVersion: '2',
    hashKey: HASH_KEY,
    outbox: false,
    tracerProvider: sink.tracerProvider,
    meterProvider: sink.meterProvider,
  })
  test.onTestFinished(() => second.shutdown(0))
  const bare = new OpenAI({ apiKey: 'sk-test', baseURL: provider.url })
  const [one, other] = [first.instrument(bare), second.instrument(bare)]
  await Promise.all([one, other, other].map((client) => client.chat.completions.create(ask)))
  await first.run({ segment: 'outer' }, async () => {
    await second.run({ conversation: 'c-1' }, () => other.chat.completions.create(ask))
  })
  const names = sink.spans('chat gpt-4o').map(({ attributes }) => String(attributes['gen_ai.agent.name']))
  expect(names.toSorted()).toEqual(['other', 'other', 'other', 'tested'])
  expect(sink.spans('chat gpt-4o').at(-1)?.attributes).toMatchObject({
    'gen_ai.agent.name': 'other',
    'gen_ai.prompt.version': '2',
    'gen_ai.conversation.id': 'c-1',
    'tidemark.segment': 'outer',
  })
  const attempts = (await sink.points('tidemark.llm.attempts')).filter(({ value }) => value !== 0)
  expect(Object.fromEntries(attempts.map(({ attributes, value }) => [attributes['gen_ai.agent.name'], value]))).toEqual(
    {
      other: 3,
      tested: 1,
    },
  )
})
