import type { ChangedSetting, VerdictRecord } from '../domain/verdict.ts'
import type { BaselineDocument } from './baseline-document.ts'

const FROZEN = ['runsPerYear', 'falsePagesPerYear', 'ticketsPerYear'] as const
type FrozenSettings = Pick<BaselineDocument, (typeof FROZEN)[number]>

/** Settings that the thresholds were frozen for and that the configuration has changed since (STATISTICS §1: a new version). */
export function changedSettings(frozen: FrozenSettings, now: FrozenSettings): ChangedSetting[] {
  return FROZEN.filter((name) => frozen[name] !== now[name]).map((name) => ({
    name,
    frozen: frozen[name],
    now: now[name],
  }))
}

/** The verdict with what its thresholds do not know: they stay those of the baseline, so that the budget asked for is not kept. */
export function sayChangedSettings(verdict: VerdictRecord, changed: readonly ChangedSetting[]): VerdictRecord {
  if (changed.length === 0) return verdict
  return { ...verdict, changedSettings: changed, summary: `${verdict.summary} ${changedSettingsSentence(changed)}` }
}

function changedSettingsSentence(changed: readonly ChangedSetting[]): string {
  const said = changed.map(({ name, frozen, now }) => `${WORDS[name]} ${short(frozen)} → ${short(now)}`).join(', ')
  return `The configuration is not what the baseline was frozen for (${said}), so the budget of false alarms does not hold: freeze a new one with "tidemark baseline freeze --replace".`
}

const WORDS: Readonly<Record<ChangedSetting['name'], string>> = {
  runsPerYear: 'runs a year',
  falsePagesPerYear: 'false pages a year',
  ticketsPerYear: 'tickets a year',
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
