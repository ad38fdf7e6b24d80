const HOUR = 3_600_000
const DAY = 24 * HOUR
const DAYS_PER_YEAR = 365

/** How often an agent is evaluated: a word, or a number of hours that divides a day, or a number of days. */
export const CADENCE = /^(?:hourly|daily|weekly|monthly|(?:2|3|4|6|8|12)h|(?:[2-9]|[12]\d|30)d)$/u

/** A cadence taken apart: every `count` hours of the day, days since 1970, weeks from Monday, or months from their first. */
export type Rhythm = { readonly unit: 'hour' | 'day' | 'week' | 'month'; readonly count: number }

const WORDS: Readonly<Record<string, Rhythm>> = {
  hourly: { unit: 'hour', count: 1 },
  daily: { unit: 'day', count: 1 },
  weekly: { unit: 'week', count: 1 },
  monthly: { unit: 'month', count: 1 },
}

/** @param cadence one that {@link CADENCE} matches */
export function rhythmOf(cadence: string): Rhythm {
  return WORDS[cadence] ?? { unit: cadence.endsWith('h') ? 'hour' : 'day', count: Number.parseInt(cadence, 10) }
}

const UNIT_MILLISECONDS: Readonly<Record<Rhythm['unit'], number>> = {
  hour: HOUR,
  day: DAY,
  week: 7 * DAY,
  month: (DAYS_PER_YEAR / 12) * DAY,
}

/** Time between two slots, milliseconds; daylight saving and the lengths of months make single ones longer or shorter. */
export function intervalMilliseconds(cadence: string): number {
  const { unit, count } = rhythmOf(cadence)
  return UNIT_MILLISECONDS[unit] * count
}

/** Scheduled runs a year, the clock of the detector: 8760 hourly, 365 daily, 52 weekly, 12 monthly. */
export function runsPerYear(cadence: string): number {
  return Math.floor((DAYS_PER_YEAR * DAY) / intervalMilliseconds(cadence))
}
