import { describe, expect, it } from 'vitest'
import { setting } from '../tests/client-setting.ts'
import { answer, chat } from '../tests/kind-question.ts'
import { completion, json } from '../tests/loopback-provider.ts'

const price = ({ model, inputTokens }: { model: string; inputTokens: number }) =>
  model === 'priced' ? inputTokens / 10 : undefined

describe('the metrics of a call', () => {
  it('are one duration, the tokens by type, and every attempt by its outcome', async (test) => {
    const { client, sink } = await setting(test, [json(503, {}), answer])
    await chat(client)
    const [duration] = await sink.points('gen_ai.client.operation.duration')
    expect(duration).toMatchObject({
      attributes: {
        'gen_ai.agent.name': 'tested',
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'openai',
        'gen_ai.request.model': 'gpt-4o',
        'gen_ai.response.model': 'gpt-4o-2024-08-06',
      },
      value: { count: 1 },
    })
    const tokens = await sink.points('gen_ai.client.token.usage')
    expect(tokens.map(({ attributes, value }) => [attributes['gen_ai.token.type'], value])).toMatchObject([
      ['input', { sum: 20 }],
      ['output', { sum: 8 }],
    ])
    const attempts = await sink.points('tidemark.llm.attempts')
    expect(
      Object.fromEntries(attempts.map(({ attributes, value }) => [attributes['tidemark.attempt.outcome'], value])),
    ).toEqual({
      success: 1,
      aborted: 0,
      rejected: 0,
      deadline: 0,
      budget: 0,
      exhausted: 0,
      retried: 1,
    })
    expect(await sink.points('tidemark.llm.retry.delay')).toMatchObject([{ value: { count: 1 } }])
    expect(await sink.points('tidemark.agent.info')).toEqual([
      {
        attributes: {
          'gen_ai.agent.name': 'tested',
          'gen_ai.response.model': 'gpt-4o-2024-08-06',
          'gen_ai.prompt.version': '',
        },
        value: 1,
      },
    ])
  })

  it('exist as zeros before the first call', async (test) => {
    const { sink } = await setting(test, [answer], { options: { escalationReasons: ['fraud'] } })
    const validations = await sink.points('tidemark.validations')
    expect(validations.map(({ value }) => value)).toEqual(Array.from({ length: 9 }, () => 0))
    const dropped = await sink.points('tidemark.telemetry.dropped')
    expect(dropped.map(({ attributes, value }) => [attributes['signal'], value])).toEqual([
      ['traces', 0],
      ['metrics', 0],
      ['escalations', 0],
    ])
    const decisions = await sink.points('tidemark.decisions')
    expect(decisions.filter(({ attributes }) => attributes['tidemark.escalation.reason'] === 'fraud')).toHaveLength(2)
    expect(decisions.every(({ value }) => value === 0)).toBe(true)
  })

  it('count a price, and a model without one as unknown, never as 0', async (test) => {
    const { client, sink } = await setting(
      test,
      [json(200, completion('x', { model: 'priced' })), json(200, completion('x', { model: 'new' }))],
      { options: { price } },
    )
    await chat(client)
    await chat(client)
    expect(await sink.points('tidemark.llm.cost.usd')).toMatchObject([
      { attributes: { 'gen_ai.response.model': 'priced' }, value: 2 },
    ])
    expect(await sink.points('tidemark.llm.cost.unknown')).toMatchObject([{ value: 1 }])
  })

  it('have the coming names of the convention where they are asked for', async (test) => {
    const { client, sink } = await setting(test, [answer], { options: { semconv: 'inference' } })
    await chat(client)
    expect(await sink.points('gen_ai.client.inference.duration')).toHaveLength(1)
    expect(await sink.points('gen_ai.client.operation.duration')).toHaveLength(0)
  })

  it('are left to the evaluator where the process is too short-lived', async (test) => {
    const { client, sink } = await setting(test, [answer], { options: { metrics: 'evaluator' } })
    await chat(client)
    expect(await sink.points('tidemark.llm.attempts')).toEqual([])
    expect(sink.spans().filter(({ name }) => !name.startsWith('tidemark.'))).toHaveLength(1)
  })
})
