import { describe, expect, test } from 'vitest'
import { resolveConfiguration, settingsOf, type AgentSettings, type ConfigurationInput } from '../config.ts'
import { dueSlots } from './due-slots.ts'

const HOUR = 3_600_000
const at = (iso: string): number => Date.parse(iso)
const iso = (time: number): string => new Date(time).toISOString().slice(0, 16)

type Schedule = NonNullable<NonNullable<NonNullable<ConfigurationInput['agents']>[string]>['schedule']>

function settingsWith(schedule: Schedule): AgentSettings {
  const config = resolveConfiguration({ agents: { triage: { schedule } } }, 'the configuration of a test')
  const settings = settingsOf(config, 'triage')
  if (settings === undefined) throw new Error('no agent')
  return settings
}

/** The slots that a history which was run under one schedule leaves to another one. */
function afterChange(to: Schedule, newestDone: string, now: string): string[][] {
  const facts = { now: at(now), newestDone: at(newestDone), firstSeenAt: 0, baselineUntil: null }
  return dueSlots(settingsWith(to), facts).map(({ slotAt, windowStart }) => [iso(windowStart), iso(slotAt)])
}

describe('the first slot after a change of schedule', () => {
  test('from daily to weekly counts no day twice', () => {
    expect(afterChange({ cadence: 'weekly', at: '08:00' }, '2026-11-20T08:00Z', '2026-11-23T09:00Z')).toEqual([
      ['2026-11-20T08:00', '2026-11-23T08:00'],
    ])
  })

  test('to a later hour leaves no call out, to an earlier one counts none twice', () => {
    expect(afterChange({ at: '12:00' }, '2026-11-20T08:00Z', '2026-11-21T13:00Z')).toEqual([
      ['2026-11-20T08:00', '2026-11-20T12:00'],
      ['2026-11-20T12:00', '2026-11-21T12:00'],
    ])
    expect(afterChange({ at: '06:00' }, '2026-11-20T08:00Z', '2026-11-21T07:00Z')).toEqual([
      ['2026-11-20T08:00', '2026-11-21T06:00'],
    ])
  })

  test('from weekly to hourly goes on where the week ended', () => {
    const windows = afterChange({ cadence: 'hourly', at: '00:30' }, '2026-11-23T08:00Z', '2026-11-23T10:50Z')
    expect(windows.map(([from]) => from)).toEqual(['2026-11-23T08:00', '2026-11-23T08:30', '2026-11-23T09:30'])
  })
})

test('a stop that is longer than the catch-up leaves its slots out, and the first one after has its own window', () => {
  expect(afterChange({ at: '08:00', catchUpDays: 2 }, '2026-11-10T08:00Z', '2026-11-20T09:00Z')).toEqual([
    ['2026-11-18T08:00', '2026-11-19T08:00'],
    ['2026-11-19T08:00', '2026-11-20T08:00'],
  ])
})

test('a slot is due once its calls had the settling time', () => {
  const facts = { newestDone: at('2026-11-19T08:00Z'), firstSeenAt: 0, baselineUntil: null }
  const settings = settingsWith({ at: '08:00', settleMinutes: 15 })
  const slot = at('2026-11-20T08:00Z')
  expect(dueSlots(settings, { ...facts, now: slot + HOUR / 4 - 1 })).toEqual([])
  expect(dueSlots(settings, { ...facts, now: slot + HOUR / 4 })).toHaveLength(1)
})
