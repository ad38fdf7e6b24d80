import { triageSchema, userPrompt } from '@tidemark/example-support-triage'
import { expect, test } from 'vitest'
import { MODEL_AFTER, MODEL_BEFORE, type MeasuredModel } from '../../src/demo/measured-rates.ts'
import { modelAnswer } from '../../src/demo/model-answer.ts'
import { seededRandom } from '../../src/demo/seeded-random.ts'
import { writeTicket } from '../../src/demo/tickets.ts'

const SAMPLES = 3000

function answers(model: MeasuredModel) {
  const random = seededRandom(11)
  return Array.from({ length: SAMPLES }, (_, index) => {
    const ticket = writeTicket(`T-${index}`, random)
    const answer = modelAnswer(
      { body: { messages: [{ role: 'user', content: userPrompt(ticket) }] }, header: () => undefined },
      model,
      1,
    )
    if (answer.kind === 'failure' || answer.content === null) throw new Error('no answer')
    return { ticket, ...answer, content: answer.content }
  })
}

const isValid = (text: string): boolean => {
  try {
    return triageSchema.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

test.each([MODEL_BEFORE, MODEL_AFTER])('$model keeps the form it was asked for as often as measured', (model) => {
  const all = answers(model)
  const valid = all.filter(({ content }) => isValid(content)).length / SAMPLES
  const fenced = all.filter(({ content }) => content.startsWith('```')).length / SAMPLES
  // three standard errors of a share of 3000
  expect(Math.abs(valid - model.forms.as_asked)).toBeLessThan(0.021)
  expect(Math.abs(fenced - model.forms.fenced)).toBeLessThan(0.021)
})

test('the answer to a plain ticket names its topic and is sure, to a ticket with two it is not', () => {
  for (const { ticket, content } of answers(MODEL_BEFORE).filter(({ content }) => isValid(content))) {
    const triage = triageSchema.parse(JSON.parse(content))
    if (triage.confidence >= 0.7) expect(triage.category).toBe(ticket.topic)
  }
})

test('the same question gets the same answer', () => {
  expect(answers(MODEL_BEFORE).slice(0, 20)).toEqual(answers(MODEL_BEFORE).slice(0, 20))
})

test('latencies have the measured median', () => {
  const latencies = answers(MODEL_BEFORE).map(({ latencySeconds }) => latencySeconds ?? 0)
  const median = latencies.toSorted((left, right) => left - right)[SAMPLES / 2] ?? 0
  expect(Math.abs(median - 0.718)).toBeLessThan(0.03)
})

test('a request without a message of the user is refused', () => {
  const refused = modelAnswer({ body: { messages: [] }, header: () => undefined }, MODEL_BEFORE, 1)
  expect(refused).toMatchObject({ kind: 'failure', status: 400 })
})
