import { describe, expect, it } from 'vitest'
import { setting } from '../tests/client-setting.ts'
import { completion, json } from '../tests/loopback-provider.ts'
import { createTidemark } from './index.ts'

const QUESTION = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'my secret question' }] }

describe('the structured log', () => {
  it('has one line of JSON for each span, with all it says and no text', async (test) => {
    const lines: string[] = []
    const { client, sink } = await setting(
      test,
      [json(503, {}, { 'retry-after-ms': '1' }), json(200, completion('{}'))],
      {
        options: { structuredLog: (line) => lines.push(line), promptVersion: '7' },
      },
    )
    await client.chat.completions.create(QUESTION)
    const records = lines.map((line): Record<string, unknown> => JSON.parse(line))
    expect(records.map(({ name, status }) => [name, status])).toEqual([
      ['tidemark.attempt', 'error'],
      ['chat gpt-4o', 'unset'],
    ])
    const [span] = sink.spans('chat gpt-4o')
    expect(records[1]).toMatchObject({ ...span?.attributes, traceId: span?.spanContext().traceId })
    expect(records[1]?.['durationMilliseconds']).toBeTypeOf('number')
    expect(lines.join()).not.toContain('secret')
  })

  it('needs no SDK', async (test) => {
    const lines: string[] = []
    const { provider } = await setting(test, [json(200, completion('{}'))])
    const tidemark = createTidemark({
      agent: 'logged',
      outbox: false,
      hashKey: 'a key for the tests',
      structuredLog: (line) => lines.push(line),
    })
    test.onTestFinished(() => tidemark.shutdown(0))
    await (
      await tidemark.fetch()(`${provider.url}/chat/completions`, { method: 'POST', body: JSON.stringify(QUESTION) })
    ).text()
    expect(lines).toHaveLength(1)
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      name: 'chat gpt-4o',
      'gen_ai.agent.name': 'logged',
      'gen_ai.usage.input_tokens': 20,
    })
    expect(lines[0]).not.toContain('traceId')
  })

  it('that throws is no matter of the call', async (test) => {
    const { client, sink } = await setting(test, [json(200, completion('{}'))], {
      options: {
        structuredLog: () => {
          throw new Error('the disk is full')
        },
      },
    })
    expect((await client.chat.completions.create(QUESTION)).id).toBe('chatcmpl-1')
    expect(sink.spans()).toHaveLength(1)
  })
})
