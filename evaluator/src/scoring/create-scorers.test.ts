import { describe, expect, test } from 'vitest'
import { createScorers } from './create-scorers.ts'
import { scoresSettings } from './score-settings.ts'

describe('the list of scores', () => {
  test('an entry with the name of a default score takes its place', () => {
    const settings = scoresSettings.parse([{ name: 'latency', from: 'latency', detector: 'none' }])
    const { scorers } = createScorers(settings, {
      telemetryAgent: 'test',
      storeOf: () => {
        throw new Error('unused')
      },
      apiKey: undefined,
      clock: () => 0,
    })
    expect(scorers.map(({ name, detector }) => `${name} ${detector}`)).toEqual([
      'valid page',
      'output_form page',
      'not_refused page',
      'length ticket',
      'output_tokens ticket',
      'attempts ticket',
      'latency none',
    ])
  })

  test('two scores of one name, an unknown source and an unknown key are errors that name them', () => {
    const one = { name: 'a', from: 'refusal' }
    expect(() => scoresSettings.parse([one, one])).toThrow(/the same name: a/u)
    expect(() => scoresSettings.parse([{ name: 'a', from: 'magic' }])).toThrow(/from/u)
    expect(() => scoresSettings.parse([{ ...one, weight: 2 }])).toThrow(/weight/u)
    expect(() => scoresSettings.parse([{ name: 'Not Good', from: 'refusal' }])).toThrow(/Not Good/u)
  })
})
