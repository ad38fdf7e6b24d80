import { describe, expect, expectTypeOf, it } from 'vitest'
import { z } from 'zod'
import { completion, hang, json, startProvider } from '../tests/loopback-provider.ts'
import { setting } from '../tests/client-setting.ts'
import { decide, type DecisionTools } from './decide.ts'
import type { Decision, DecisionRequest } from './decision.ts'
import type { EscalationRequest } from './escalation.ts'
import { judge } from './validate.ts'

const schema = z.strictObject({ category: z.string(), confidence: z.number() })
const SURE = '{"category":"billing","confidence":0.9}'
const UNSURE = '{"category":"billing","confidence":0.4}'
const escalation = { question: 'Which category?', context: { ticket: 'T1' }, input: 'My bill is wrong' }
type Request = DecisionRequest<typeof schema>

const prose = async () => 'Billing!'

/** Decides with the real validation; escalations are kept, or refused. */
async function run(request: Partial<Request>, failsToEscalate = false) {
  const escalated: EscalationRequest[] = []
  const tools: DecisionTools = {
    validate: async (theSchema, source, options) => (await judge(theSchema, source, options)).validation,
    escalate: async (wanted) => {
      if (failsToEscalate) throw new Error('disk full')
      escalated.push(wanted)
      return { id: 'e-1', stored: 'outbox' }
    },
  }
  const decision = await decide({ schema, call: async () => SURE, escalation, ...request }, tools)
  return { decision, escalated }
}

describe('a decision', () => {
  it('is automatic when the answer is valid and nothing speaks against it', async () => {
    expect((await run({})).decision).toEqual({
      route: 'auto',
      value: { category: 'billing', confidence: 0.9 },
      outcome: 'valid',
      confidence: undefined,
    })
  })

  it('needs the confidence that was asked for', async () => {
    const asked = { confidence: (value: z.output<typeof schema>) => value.confidence, minimumConfidence: 0.7 }
    expect((await run(asked)).decision).toMatchObject({ route: 'auto', confidence: 0.9 })
    const { decision, escalated } = await run({ ...asked, call: async () => UNSURE })
    expect(decision).toEqual({
      route: 'escalated',
      reason: 'low_confidence',
      escalation: { id: 'e-1', stored: 'outbox' },
    })
    expect(escalated).toEqual([
      {
        reason: 'low_confidence',
        question: 'Which category?',
        context: { ticket: 'T1', tidemark: { confidence: 0.4, minimumConfidence: 0.7 } },
        input: 'My bill is wrong',
        output: { category: 'billing', confidence: 0.4 },
      },
    ])
    const noNumber = await run({ ...asked, confidence: () => Number.NaN })
    expect(noNumber.decision).toMatchObject({ reason: 'low_confidence' })
  })

  it('goes to a person with the raw answer when it is invalid', async () => {
    const { decision, escalated } = await run({ call: async () => 'Billing!' })
    expect(decision).toMatchObject({ route: 'escalated', reason: 'validation_failed' })
    expect(escalated[0]).toMatchObject({ output: 'Billing!', context: { tidemark: { outcome: 'not_json' } } })
  })

  it('goes to a person as refused when the model refused', async () => {
    const refusal = completion(null, { message: { refusal: 'No.' } })
    expect((await run({ call: async () => refusal })).decision).toMatchObject({ reason: 'refused' })
  })

  it('asks again with what was wrong, as often as allowed and no more', async () => {
    const turns: unknown[] = []
    const answers = ['Billing!', '{"category":1}', SURE]
    const call: Request['call'] = async ({ turn, previous }) => {
      turns.push([turn, previous?.outcome, previous?.issues.map(({ path }) => path)])
      return answers[turn] ?? ''
    }
    expect((await run({ call, reask: 2 })).decision).toMatchObject({ route: 'auto' })
    expect(turns).toEqual([
      [0, undefined, undefined],
      [1, 'not_json', ['']],
      [2, 'schema_mismatch', ['category', 'confidence']],
    ])
    turns.length = 0
    expect((await run({ call, reask: 1 })).decision).toMatchObject({ reason: 'validation_failed' })
    expect(turns).toHaveLength(2)
  })

  it('takes a fallback only when its answer passes the same schema', async () => {
    expect((await run({ call: prose, fallback: async () => SURE })).decision).toMatchObject({ route: 'auto' })
    expect((await run({ call: prose, fallback: async () => '{}' })).decision).toMatchObject({
      reason: 'validation_failed',
    })
  })

  it('is rejected by policy without asking anybody', async () => {
    const { decision, escalated } = await run({ policy: () => ({ route: 'rejected', reason: 'out_of_scope' }) })
    expect(decision).toEqual({ route: 'rejected', reason: 'out_of_scope' })
    expect(escalated).toEqual([])
    expect((await run({ policy: () => ({ route: 'escalated', reason: 'policy' }) })).decision).toMatchObject({
      route: 'escalated',
      reason: 'policy',
    })
  })

  it('has failed when not even the escalation could be stored', async () => {
    const { decision } = await run({ call: async () => '' }, true)
    expect(decision).toMatchObject({ route: 'failed', reason: 'validation_failed', error: { message: 'disk full' } })
  })

  it('waits no longer than its deadline for a call that does not heed the signal, and asks nobody else', async () => {
    let fallbacks = 0
    const { decision, escalated } = await run({
      call: () => new Promise(() => undefined),
      fallback: async () => `${++fallbacks}`,
      deadlineMilliseconds: 20,
    })
    expect(decision).toMatchObject({ route: 'escalated', reason: 'retries_exhausted' })
    expect(escalated[0]?.context).toMatchObject({ tidemark: { error: 'the deadline of the decision' } })
    expect(fallbacks).toBe(0)
  })

  it('refuses a request that cannot work', async () => {
    await expect(run({ reask: 7 })).rejects.toMatchObject({ code: 'escalation_invalid' })
    await expect(run({ minimumConfidence: 0.5 })).rejects.toMatchObject({ code: 'escalation_invalid' })
    await expect(run({ escalation: { ...escalation, question: '' } })).rejects.toMatchObject({
      code: 'escalation_invalid',
    })
  })

  it('gives a bug in the call back to its author', async () => {
    const bug = new TypeError('undefined is not a function')
    await expect(run({ call: () => Promise.reject(bug) })).rejects.toBe(bug)
  })

  it('never hands out a value that nobody checked', () => {
    type Value = z.output<typeof schema>
    expectTypeOf<Extract<Decision<Value>, { value: unknown }>['route']>().toEqualTypeOf<'auto'>()
    const read = (decision: Decision<Value>): unknown =>
      // @ts-expect-error: there is no value before the route is known
      decision.value
    expect(read({ route: 'rejected', reason: 'policy' })).toBeUndefined()
  })
})

describe('a decision on a real client', () => {
  const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }] }

  it('is a span over its calls and validations, linked to the call it rests on', async (test) => {
    const { client, sink, tidemark } = await setting(test, [json(200, completion(SURE))])
    const decision = await tidemark.decide({
      schema,
      name: 'triage',
      call: () => client.chat.completions.create(ask),
      confidence: (value) => value.confidence,
      minimumConfidence: 0.5,
      escalation,
    })
    expect(decision.route).toBe('auto')
    const [call] = sink.spans('chat gpt-4o')
    const [validation] = sink.spans('tidemark.validation')
    const [span] = sink.spans('tidemark.decision')
    expect(call?.parentSpanContext?.spanId).toBe(span?.spanContext().spanId)
    expect(validation?.parentSpanContext?.spanId).toBe(call?.spanContext().spanId)
    expect(span?.links.map(({ context }) => context.spanId)).toEqual([call?.spanContext().spanId])
    expect(span?.attributes).toMatchObject({ 'tidemark.route': 'auto', 'tidemark.decision.confidence': 0.9 })
    expect(validation?.attributes).toMatchObject({
      'gen_ai.response.id': 'chatcmpl-1',
      'tidemark.schema.name': 'triage',
      'tidemark.schema.hash': expect.stringMatching(/^[0-9a-f]{16}$/u),
      'tidemark.validation.outcome': 'valid',
    })
    expect(validation?.events).toMatchObject([
      {
        name: 'gen_ai.evaluation.result',
        attributes: { 'gen_ai.evaluation.name': 'schema_validation', 'gen_ai.evaluation.score.label': 'pass' },
      },
    ])
    const decisions = await sink.points('tidemark.decisions')
    expect(decisions.filter(({ value }) => value === 1).map(({ attributes }) => attributes)).toEqual([
      { 'gen_ai.agent.name': 'tested', 'tidemark.route': 'auto' },
    ])
  })

  it('goes to a person when the provider is away, and at its deadline', async (test) => {
    const { client, tidemark } = await setting(test, [json(503, {})], { options: { outbox: false } })
    const queueless = await tidemark.decide({ schema, call: () => client.chat.completions.create(ask), escalation })
    expect(queueless).toMatchObject({ route: 'failed', reason: 'retries_exhausted' })
    const slow = await setting(test, [hang])
    const late = await slow.tidemark.decide({
      schema,
      call: ({ signal }) => slow.client.chat.completions.create(ask, { signal }),
      deadlineMilliseconds: 60,
      escalation,
    })
    expect(late).toMatchObject({ reason: 'retries_exhausted' })
  })

  it('that the caller aborts ends with the abort', async (test) => {
    await using provider = await startProvider(hang)
    const { client, tidemark } = await setting(test, [hang], { clientOptions: { baseURL: provider.url } })
    const signal = AbortSignal.timeout(40)
    await expect(
      tidemark.decide({ schema, call: () => client.chat.completions.create(ask, { signal }), escalation }),
    ).rejects.toThrow('aborted')
  })
})
