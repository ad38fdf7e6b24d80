import { afterEach, expect, test } from 'vitest'
import { DEFAULT_SCORES, descriptorScorer } from '../../src/scoring/scorers/descriptor.ts'
import { attributeChanges } from '../../src/service/attribute-changes.ts'
import { httpTarget } from '../../src/target/http-target.ts'
import { countingProvider } from '../harness/counting-provider.ts'

const INPUTS = 40
const providers: Awaited<ReturnType<typeof countingProvider>>[] = []
afterEach(() => Promise.all(providers.splice(0).map((one) => one.close())))

/** An agent that fails every fourth input with the new model, and every tenth with the new prompt. */
async function agentWith({ model, prompt }: { model: boolean; prompt: boolean }): Promise<string> {
  const provider = await countingProvider(({ id }) => {
    const number = Number(id.slice(6))
    const fails = (model && number % 4 === 0) || (prompt && number % 10 === 1)
    return { body: { output: '{}', validation: fails ? 'schema_mismatch' : 'valid' } }
  })
  providers.push(provider)
  return provider.url
}

function inputs() {
  const none = { segment: null, promptName: null, traceId: null, conversationId: null, userHash: null, inputHash: null }
  return Array.from({ length: INPUTS }, (_, i) => ({ ...none, id: `input-${i}`, input: '"ticket"', forgottenAt: null }))
}

async function request(combinations: readonly { model: boolean; prompt: boolean }[]) {
  const urls = await Promise.all(combinations.map(agentWith))
  const [valid] = DEFAULT_SCORES.filter(({ name }) => name === 'valid').map(descriptorScorer)
  if (valid === undefined) throw new Error('no score')
  return {
    agent: 'triage',
    changes: ['model', 'prompt'],
    targets: urls.map((url) => httpTarget(url)),
    inputs: inputs(),
    scorer: valid,
    concurrency: 4,
    timeoutSeconds: 10,
    key: 'test',
    now: () => 0,
  }
}

const [no, yes] = [false, true]
const ALL = [
  { model: no, prompt: no },
  { model: yes, prompt: no },
  { model: no, prompt: yes },
  { model: yes, prompt: yes },
]

test('two changes of one day are taken apart, and the parts sum to the whole', async () => {
  const { inputs: asked, total, parts } = await attributeChanges(await request(ALL))
  expect(asked).toBe(INPUTS)
  expect(parts).toMatchObject([
    { change: 'model', mean: expect.closeTo(-0.25, 12) },
    { change: 'prompt', mean: expect.closeTo(-0.1, 12) },
  ])
  expect(parts.reduce((sum, { mean }) => sum + mean, 0)).toBeCloseTo(total, 12)
  expect(parts.every(({ error }) => error !== null && error > 0)).toBe(true)
  for (const { questions } of providers)
    expect(questions.every(({ headers }) => headers['baggage'] === 'tidemark.origin=sentinel')).toBe(true)
})

test('a combination that is missing is refused, with what to give', async () => {
  await expect(attributeChanges(await request(ALL.slice(0, 3)))).rejects.toMatchObject({
    code: 'argument_invalid',
    message: '2 changes have 4 combinations, and 3 targets were given.',
  })
})
