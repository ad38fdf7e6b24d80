import { expect, test } from 'vitest'
import { exampleVerdict } from '../../tests/http/verdict-fixture.ts'
import { changedSettings, sayChangedSettings } from './changed-settings.ts'

const FROZEN = { runsPerYear: 365, falsePagesPerYear: 1, ticketsPerYear: 12 }

test('a cadence and a budget other than the frozen ones are said, with both values and what to do', () => {
  const changed = changedSettings(FROZEN, { ...FROZEN, runsPerYear: 8760, falsePagesPerYear: 0.5 })
  const verdict = sayChangedSettings(exampleVerdict(), changed)
  expect(verdict.changedSettings?.map(({ name }) => name)).toEqual(['runsPerYear', 'falsePagesPerYear'])
  expect(verdict.summary).toContain('(runs a year 365 → 8760, false pages a year 1 → 0.5)')
  expect(verdict.summary).toContain('tidemark baseline freeze --replace')
})

test('settings that are as they were frozen are not spoken of', () => {
  const verdict = exampleVerdict()
  expect(sayChangedSettings(verdict, changedSettings(FROZEN, FROZEN))).toBe(verdict)
})
