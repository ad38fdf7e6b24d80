import { DiagLogLevel, diag } from '@opentelemetry/api'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { z } from 'zod'
import { setting } from './client-setting.ts'
import { chunk, completion, events, json } from './loopback-provider.ts'

/** Texts that may be nowhere in what leaves the process. */
const CANARIES = {
  apiKey: 'sk-canary-4f2d',
  header: 'canary-header-77',
  system: 'canary-system-instruction',
  user: 'canary-user-question',
  image: 'canary-image-data',
  answer: 'canary-answer-text',
  toolArgument: 'canary-tool-argument',
  providerError: 'canary-provider-message',
  userId: 'canary-user-id',
  key: 'canary key of a record',
  plainKey: 'canary_key_like_an_identifier',
  stop: 'canary-stop-sequence',
  tool: 'canary_tool_made_up',
  throttled: 'canary-throttled-message',
  parameter: 'canary-parameter',
  notJson: 'canary-error-page',
  brokenStream: 'canary-error-in-a-stream',
  hashKey: 'canary-key-of-all-hashes',
  token: 'canary-token-of-the-evaluator',
  escalated: 'canary-input-of-an-escalation',
  template: 'canary-prompt-template',
}

const QUESTION = {
  model: 'gpt-4o',
  stop: [CANARIES.stop],
  messages: [
    { role: 'system' as const, content: CANARIES.system },
    {
      role: 'user' as const,
      content: [
        { type: 'text' as const, text: CANARIES.user },
        { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${CANARIES.image}` } },
      ],
    },
  ],
}

describe('with content off', () => {
  it('no exported byte, line of a log or line to diag holds a key, a header or a text', async (test) => {
    const told: unknown[] = []
    const outbox = mkdtempSync(join(tmpdir(), 'tidemark-privacy-'))
    onTestFinished(() => rmSync(outbox, { recursive: true, force: true }))
    const tell = (...args: unknown[]): void => void told.push(args.map(String))
    diag.setLogger(
      { error: tell, warn: tell, info: tell, debug: tell, verbose: tell },
      { logLevel: DiagLogLevel.ALL, suppressOverrideMessage: true },
    )
    onTestFinished(() => diag.disable())
    const { client, provider, sink, tidemark } = await setting(
      test,
      [
        json(200, completion(`{"${CANARIES.key}":"${CANARIES.answer}","${CANARIES.plainKey}":"x"}`)),
        json(
          200,
          completion(null, {
            message: {
              tool_calls: [
                { id: 'c', type: 'function', function: { name: 'f', arguments: `{"x":"${CANARIES.toolArgument}"}` } },
                { id: 'd', type: 'function', function: { name: CANARIES.tool, arguments: '{}' } },
              ],
            },
          }),
        ),
        events([chunk({ content: CANARIES.answer })]),
        events([chunk({ content: 'a' }), { error: { message: CANARIES.brokenStream, code: 'server_error' } }], 'close'),
        json(429, { error: { message: CANARIES.throttled, code: null, type: null, param: CANARIES.parameter } }),
        (response) => response.writeHead(502).end(`<html>${CANARIES.notJson}</html>`),
        json(400, { error: { message: CANARIES.providerError, type: 'invalid_request_error', code: null } }),
        json(503, { error: { message: CANARIES.providerError } }),
      ],
      {
        clientOptions: { apiKey: CANARIES.apiKey, maxRetries: 2, defaultHeaders: { 'x-secret': CANARIES.header } },
        options: {
          hashKey: CANARIES.hashKey,
          promptTemplate: CANARIES.template,
          structuredLog: tell,
          // nobody listens there: the case goes to the disk, and diag hears why
          endpoint: 'http://127.0.0.1:1',
          token: CANARIES.token,
          outbox,
        },
      },
    )
    await tidemark.run({ user: CANARIES.userId }, async () => {
      const first = await client.chat.completions.create(QUESTION)
      await tidemark.validate(z.record(z.string(), z.number()), first)
      await tidemark.validate({ f: z.object({ x: z.number() }) }, await client.chat.completions.create(QUESTION))
      for await (const _ of await client.chat.completions.create({ ...QUESTION, stream: true }));
      const broken = await client.chat.completions.create({ ...QUESTION, stream: true })
      await expect(Array.fromAsync(broken)).rejects.toThrow(CANARIES.brokenStream)
      await client.chat.completions.create(QUESTION).catch(() => undefined)
      await client.chat.completions.create(QUESTION).catch(() => undefined)
      const question = `What of ${CANARIES.escalated}?`
      const decision = await tidemark.decide({
        schema: z.object({ x: z.number() }),
        call: async () => CANARIES.answer,
        escalation: { question, context: { text: CANARIES.escalated }, input: CANARIES.escalated },
      })
      expect(decision).toMatchObject({ route: 'escalated', escalation: { stored: 'outbox' } })
    })
    expect(provider.requests.length).toBeGreaterThan(7)
    const exported = `${await sink.text()} ${JSON.stringify(told)}`
    expect(exported).toContain('*:invalid_type')
    expect(exported).toContain('tidemark.output.shape')
    expect(exported).toContain('schema_mismatch')
    for (const [name, canary] of Object.entries(CANARIES)) {
      expect(exported.includes(canary) ? `${name} leaked` : '').toBe('')
    }
  })
})

describe('with content on', () => {
  it('texts are redacted and cut, images are never carried', async (test) => {
    const { client, sink } = await setting(test, [json(200, completion(`${CANARIES.answer} ${'x'.repeat(500)}`))], {
      options: { content: 'all', contentMaximumCharacters: 100, redact: (text) => text.replaceAll('canary', 'c*') },
      clientOptions: { apiKey: CANARIES.apiKey },
    })
    await client.chat.completions.create(QUESTION)
    const [span] = sink.spans('chat gpt-4o')
    expect(span?.attributes['tidemark.sampling.probability']).toBe(1)
    expect(JSON.parse(String(span?.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'system', parts: [{ type: 'text', content: 'c*-system-instruction' }] },
      {
        role: 'user',
        parts: [
          { type: 'text', content: 'c*-user-question' },
          { type: 'image_url', omitted: 'not recorded' },
        ],
      },
    ])
    const output = JSON.parse(String(span?.attributes['gen_ai.output.messages']))
    expect(output[0].finish_reason).toBe('stop')
    expect(output[0].parts[0].content).toMatch(/^c\*-answer-text x+… \(\d+ more characters\)$/u)
    expect(span?.attributes['gen_ai.request.stop_sequences']).toEqual(['c*-stop-sequence'])
    expect(await sink.text()).not.toContain('canary')
  })

  it('calls of tools are redacted whole, names that a model has made up too', async (test) => {
    const tool_calls = [
      { id: 'c', type: 'function', function: { name: CANARIES.tool, arguments: `{"x":"${CANARIES.toolArgument}"}` } },
    ]
    const { client, sink } = await setting(test, [json(200, completion(null, { message: { tool_calls } }))], {
      options: { content: 'all', redact: (text) => text.replaceAll('canary', 'c*') },
    })
    await client.chat.completions.create(QUESTION)
    expect(await sink.text()).toContain('c*_tool_made_up')
    expect(await sink.text()).not.toContain('canary')
  })

  it('a redaction that throws lets nothing through', async (test) => {
    const { client, sink } = await setting(test, [json(200, completion(CANARIES.answer))], {
      options: {
        content: 'all',
        redact: () => {
          throw new Error('regex too complex')
        },
      },
    })
    await client.chat.completions.create(QUESTION)
    expect(await sink.text()).not.toContain('canary')
    expect(await sink.text()).toContain('[redaction failed]')
  })

  it('sampling draws conversations, not inputs, with the probability it records', async (test) => {
    const { client, sink, tidemark } = await setting(test, [json(200, completion('x'))], {
      options: { content: 'sampled', contentProbability: 0.5 },
    })
    for (let conversation = 0; conversation < 40; conversation++) {
      for (let turn = 0; turn < 2; turn++) {
        await tidemark.run({ conversation: `c${conversation}` }, () => client.chat.completions.create(QUESTION))
      }
    }
    const spans = sink.spans('chat gpt-4o')
    const carried = Map.groupBy(spans, ({ attributes }) => String(attributes['gen_ai.conversation.id']))
    const isCarried = [...carried.values()].map((turns) =>
      turns.map(({ attributes }) => 'gen_ai.input.messages' in attributes),
    )
    expect(isCarried.every(([first, second]) => first === second)).toBe(true)
    const share = isCarried.filter(([first]) => first).length / isCarried.length
    expect(share).toBeGreaterThan(0.2)
    expect(share).toBeLessThan(0.8)
    for (const { attributes } of spans) {
      expect(attributes['tidemark.sampling.probability']).toBe('gen_ai.input.messages' in attributes ? 0.5 : undefined)
    }
  })
})
