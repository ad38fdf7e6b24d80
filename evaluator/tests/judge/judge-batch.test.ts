import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { judgeBatch, judgeScorer, type JudgeAnswer } from '../../src/scoring/judge/index.ts'
import { scoreRecords } from '../../src/scoring/score-record.ts'
import type { ScorableRecord } from '../../src/scoring/scorer.ts'
import { spendOf } from '../../src/store/judge-answers.ts'
import { openStore, type Store } from '../../src/store/open-store.ts'
import {
  BATCH,
  dollarPerThousand,
  item,
  judgement,
  judgeOn,
  loopbackProvider,
  NOON,
  RUBRIC,
  type Asked,
  type LoopbackProvider,
  type Reply,
} from './loopback-judge.ts'

let store: Store
const closing: (() => Promise<void>)[] = []

beforeEach(async () => {
  store = await openStore('sqlite::memory:')
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
  await store.close()
})

async function provider(reply: (asked: Asked, number: number) => Reply | Promise<Reply>): Promise<LoopbackProvider> {
  const started = await loopbackProvider(reply)
  closing.push(() => started.close())
  return started
}

function judge(
  ...[on, options]: [LoopbackProvider, Parameters<typeof judgeOn>[2]?]
): ReturnType<typeof judgeOn>['judge'] {
  const under = judgeOn(store, on, options)
  closing.push(() => under.client.close())
  return under.judge
}

const items = (count: number) => Array.from({ length: count }, (_, index) => item(`record-${index}`))
const spent = () => spendOf(store.db, { agent: 'triage', judge: 'helpfulness', day: '2026-10-05' })
const reasonsOf = (answers: readonly JudgeAnswer[]) =>
  answers.map((answer) => (answer.kind === 'missing' ? answer.reason : answer.choice))

describe('a judge', () => {
  test('asks with the rubric, the schema of its answers, reasons before the choice', async () => {
    const on = await provider(() => judgement('good'))
    const { answers } = await judgeBatch(judge(on), items(1), BATCH)
    expect(answers).toEqual([{ kind: 'scored', choice: 'good', value: 0.5, reasons: 'It answers the question.' }])
    const [asked] = on.asked
    const body = asked?.body ?? {}
    expect(asked?.system).toContain('How well does the output answer the input?')
    expect(body).toMatchObject({ model: 'judge-1', temperature: 0, max_completion_tokens: 200 })
    const schema = JSON.stringify(body['response_format'])
    expect(schema.indexOf('"reasons"')).toBeLessThan(schema.indexOf('"choice"'))
    expect(body).toHaveProperty('response_format.json_schema.schema.properties.choice.enum', [
      'excellent',
      'good',
      'poor',
      'cannot_judge',
    ])
  })

  test('falls back to strict reading of text where a provider refuses structured output, and asks it only once', async () => {
    const on = await provider(({ body }) =>
      'response_format' in body
        ? { status: 400, message: "'response_format' of type 'json_schema' is not supported" }
        : { content: 'It answers.\nchoice: excellent' },
    )
    const { answers } = await judgeBatch(judge(on), items(3), { ...BATCH, concurrency: 1 })
    expect(reasonsOf(answers)).toEqual(['excellent', 'excellent', 'excellent'])
    expect(on.asked).toHaveLength(4)
  })

  test('names the longest answer in the old way where a provider knows no other', async () => {
    const on = await provider(({ body }) =>
      'max_completion_tokens' in body
        ? { status: 400, message: 'Unrecognized request argument supplied: max_completion_tokens' }
        : judgement('poor'),
    )
    const { answers } = await judgeBatch(judge(on), items(1), BATCH)
    expect(reasonsOf(answers)).toEqual(['poor'])
    expect(on.asked.at(-1)?.body).toMatchObject({ max_tokens: 200 })
  })

  test('has another version with another model, rubric or temperature', async () => {
    const on = await provider(() => judgement('good'))
    const versions = [
      judge(on),
      judge(on, { model: 'judge-2' }),
      judge(on, { temperature: 1 }),
      judge(on, { temperature: null }),
      judge(on, { rubric: { ...RUBRIC, hash: 'another' } }),
    ].map(({ version }) => version.id)
    expect(new Set(versions).size).toBe(versions.length)
    expect(judge(on).version).toMatchObject({ model: 'judge-1', temperature: 0, rubricHash: RUBRIC.hash })
  })
})

describe('a record is paid for once', () => {
  test('by a slot that is run again', async () => {
    const on = await provider(() => judgement('good'))
    await judgeBatch(judge(on), items(20), BATCH)
    const again = await judgeBatch(judge(on), items(25), BATCH)
    expect(again.fromCache).toBe(20)
    expect(on.asked).toHaveLength(25)
  })

  test('also when the judge could not decide or wrote garbage, not when its provider failed', async () => {
    const replies: Reply[] = [
      judgement('cannot_judge'),
      { content: 'garbage' },
      { content: null, refusal: 'No.' },
      { status: 500, message: 'down' },
    ]
    const on = await provider((_, number) => replies[number - 1] ?? judgement('good'))
    await judgeBatch(judge(on), items(4), { ...BATCH, concurrency: 1 })
    const again = await judgeBatch(judge(on), items(4), BATCH)
    expect(reasonsOf(again.answers)).toEqual(['cannot_judge', 'malformed', 'refused', 'good'])
    expect(on.asked).toHaveLength(5)
  })

  test('in a batch that names it twice', async () => {
    const on = await provider(() => judgement('good'))
    const { answers } = await judgeBatch(judge(on), [...items(3), ...items(3)], BATCH)
    expect(answers).toHaveLength(6)
    expect(on.asked).toHaveLength(3)
  })

  test('anew for another scorer version', async () => {
    const on = await provider(() => judgement('good'))
    await judgeBatch(judge(on), items(3), BATCH)
    expect((await judgeBatch(judge(on, { model: 'judge-2' }), items(3), BATCH)).fromCache).toBe(0)
  })
})

describe('a judge that goes wrong gives no score', () => {
  test.each<[what: string, reply: Reply, reason: string]>([
    ['garbage', { content: '<html>502 Bad Gateway</html>' }, 'malformed'],
    ['a choice that does not exist', judgement('superb'), 'unknown_choice'],
    ['a number instead of a choice', { content: '{"reasons": "", "choice": "10"}' }, 'unknown_choice'],
    ['a refusal', { content: null, refusal: 'I cannot help with that.' }, 'refused'],
    ['a cut answer', { content: '{"reasons": "It', finishReason: 'length' }, 'truncated'],
    ['an empty answer', { content: '' }, 'malformed'],
    ['an error', { status: 500, message: 'down' }, 'provider_error'],
    ['a missing model', { status: 404, message: 'The model does not exist' }, 'provider_error'],
    ['a broken connection', 'reset', 'provider_error'],
    ['no headers', 'stall', 'timeout'],
    ['no body', 'stall_in_body', 'timeout'],
  ])('%s', async (_, reply, reason) => {
    const on = await provider(() => reply)
    const { answers } = await judgeBatch(judge(on), items(3), { ...BATCH, itemMilliseconds: 300 })
    expect(reasonsOf(answers)).toEqual([reason, reason, reason])
  })

  test('a stalled provider holds up a batch no longer than its deadline; what was answered stays', async () => {
    const on = await provider((_, number) => (number <= 3 ? judgement('good') : 'stall'))
    const started = performance.now()
    const { answers } = await judgeBatch(judge(on), items(40), { ...BATCH, batchMilliseconds: 500 })
    expect(performance.now() - started).toBeLessThan(3000)
    expect(answers.filter(({ kind }) => kind === 'scored')).toHaveLength(3)
    expect(reasonsOf(answers).filter((reason) => reason === 'not_reached')).toHaveLength(33)
    expect(reasonsOf(answers).filter((reason) => reason === 'timeout')).toHaveLength(4)
  })

  test('a text that is too long is missing, and nothing is spent', async () => {
    const on = await provider(() => judgement('good'))
    const { answers } = await judgeBatch(judge(on), [item('long', 'x'.repeat(30_000))], BATCH)
    expect(reasonsOf(answers)).toEqual(['too_long'])
    expect(on.asked).toHaveLength(0)
    expect(await spent()).toEqual({ calls: 0, tokens: 0, microUsd: 0 })
  })

  test('as scorer: missing scores with reasons, so that the missing share rises', async () => {
    const on = await provider((_, number) => (number % 2 === 0 ? judgement('good') : { content: 'garbage' }))
    const scorer = judgeScorer(
      judge(on),
      { name: 'helpfulness', direction: 'higher-better', detector: 'page', rubric: RUBRIC },
      { concurrency: 1, itemMilliseconds: 5000, isInSample: (key) => key !== 'r-4' },
    )
    const records = ['r-0', 'r-1', 'r-2', 'r-3', 'r-4'].map((key) => record(key))
    const scores = await scoreRecords([...records, { ...record('r-5'), output: null }], [scorer], {
      signal: AbortSignal.timeout(5000),
    })
    expect(scores.map(([score]) => [score?.value, score?.missing?.reason])).toEqual([
      [null, 'bad_answer'],
      [0.5, undefined],
      [null, 'bad_answer'],
      [0.5, undefined],
      [null, undefined],
      [null, 'no_content'],
    ])
    expect(scores[0]?.[0]?.version).toMatch(/^judge-[0-9a-f]{16}$/u)
  })
})

describe('the budget of a day', () => {
  // a call is reserved with at most 3 dollars or so, and uses 0.46
  const price = dollarPerThousand

  test('holds under concurrency: every call is reserved before it is made', async () => {
    const on = await provider(() => judgement('good'))
    const limits = { microUsd: 10e6, calls: 1000, tokens: 10_000_000 }
    const { answers } = await judgeBatch(judge(on, { price, limits }), items(100), { ...BATCH, concurrency: 50 })
    const { microUsd } = await spent()
    expect(microUsd).toBe(on.asked.length * 460_000)
    expect(microUsd).toBeLessThanOrEqual(10e6)
    expect(on.asked.length).toBeGreaterThan(2)
    expect(reasonsOf(answers).filter((reason) => reason === 'budget')).toHaveLength(100 - on.asked.length)
  })

  test('holds over two processes that share a store', async () => {
    const on = await provider(() => judgement('good'))
    const limits = { microUsd: 10e6, calls: 1000, tokens: 10_000_000 }
    const [first, second] = [judge(on, { price, limits }), judge(on, { price, limits })]
    const others = items(100).map(({ parts }, index) => ({ record: `other-${index}`, parts }))
    await Promise.all([judgeBatch(first, items(100), BATCH), judgeBatch(second, others, BATCH)])
    expect(on.asked.length * 0.46).toBeLessThanOrEqual(10)
    expect((await spent()).microUsd).toBe(on.asked.length * 460_000)
  })

  test('counts at its most what nobody can know: stalled calls, answers without usage', async () => {
    const limits = { microUsd: 20e6, calls: 1000, tokens: 10_000_000 }
    const stalling = await provider(() => 'stall')
    await judgeBatch(judge(stalling, { price, limits }), items(100), { ...BATCH, itemMilliseconds: 200 })
    expect(stalling.asked.length).toBeLessThan(15)
    const { microUsd } = await spent()
    expect(microUsd / stalling.asked.length).toBeGreaterThan(1e6)
    const silent = await provider(() => ({ content: '{"reasons": "", "choice": "good"}', usage: null }))
    const clock = (): number => NOON + 86_400_000
    await judgeBatch(judge(silent, { price, limits, clock }), items(100), BATCH)
    expect(silent.asked.length).toBeLessThan(15)
  })

  test('costs nothing where the provider refuses: errors are not billed', async () => {
    const on = await provider(() => ({ status: 429, message: 'slow down' }))
    await judgeBatch(judge(on, { price, retries: 1 }), items(5), BATCH)
    expect(await spent()).toEqual({ calls: 5, tokens: 0, microUsd: 0 })
  })

  test('counts a stalled attempt before the one that answered', async () => {
    const on = await provider((_, number) => (number === 1 ? 'stall' : judgement('good')))
    await judgeBatch(judge(on, { price, retries: 1, timeoutMilliseconds: 200 }), items(1), BATCH)
    const { microUsd, calls } = await spent()
    expect(calls).toBe(2)
    expect(microUsd).toBeGreaterThan(460_000 + 1e6)
  })

  test('of an unknown price is one of calls and tokens, never free', async () => {
    const on = await provider(() => judgement('good'))
    const unknown = (): undefined => undefined
    await judgeBatch(judge(on, { limits: { microUsd: 0, calls: 7, tokens: 10_000_000 } }), items(20), BATCH)
    expect(on.asked).toHaveLength(7)
    const clock = (): number => NOON + 86_400_000
    const limits = { microUsd: 0, calls: 1000, tokens: 10_000 }
    await judgeBatch(judge(on, { limits, clock, model: 'judge-2', price: unknown as never }), items(20), BATCH)
    expect(on.asked.length - 7).toBeGreaterThan(0)
    expect((on.asked.length - 7) * 460).toBeLessThanOrEqual(10_000)
  })

  test('begins anew with the next day', async () => {
    const on = await provider(() => judgement('good'))
    let now = NOON
    const under = judge(on, { limits: { microUsd: 0, calls: 2, tokens: 10_000_000 }, clock: () => now })
    expect(reasonsOf((await judgeBatch(under, items(3), BATCH)).answers)).toEqual(['good', 'good', 'budget'])
    now += 86_400_000
    expect(reasonsOf((await judgeBatch(under, items(3), BATCH)).answers)).toEqual(['good', 'good', 'good'])
  })
})

describe('a long batch', () => {
  test('has no more calls in flight than it may, and no fewer', async () => {
    let inFlight = 0
    let most = 0
    const three = Promise.withResolvers<void>()
    const on = await provider(async () => {
      inFlight++
      most = Math.max(most, inFlight)
      if (inFlight === 3) three.resolve()
      await three.promise
      inFlight--
      return judgement('good')
    })
    await judgeBatch(judge(on), items(60), { ...BATCH, concurrency: 3 })
    expect(most).toBe(3)
  })

  test('renews its lease, and stops when another process has taken it', async () => {
    let renewals = 0
    const on = await provider(async () => {
      await new Promise((resolve) => setTimeout(resolve, 5))
      return judgement('good')
    })
    const lease = { everyMilliseconds: 10, renew: async () => ++renewals < 4 }
    const result = await judgeBatch(judge(on), items(500), { ...BATCH, concurrency: 1 }, lease)
    expect(renewals).toBe(4)
    expect(result.leaseLost).toBe(true)
    expect(on.asked.length).toBeLessThan(500)
    const next = await judgeBatch(judge(on), items(60), BATCH)
    expect(next.fromCache).toBe(result.answers.filter(({ kind }) => kind === 'scored').length)
  })

  test('gives the lease up when it cannot be renewed', async () => {
    const on = await provider(() => 'stall')
    const lease = { everyMilliseconds: 10, renew: () => Promise.reject(new Error('no store')) }
    expect((await judgeBatch(judge(on), items(5), BATCH, lease)).leaseLost).toBe(true)
  })
})

function record(key: string): ScorableRecord {
  return {
    key,
    inputHash: null,
    input: 'How long does a refund take?',
    output: { text: 'Five days.', toolCalls: [] },
    outputShape: 'prose',
    outputCharacters: 10,
    outputTokens: 3,
    attempts: 1,
    latencySeconds: 1,
    validation: null,
    isContentSampledOut: false,
    run: null,
    external: new Map(),
  }
}
