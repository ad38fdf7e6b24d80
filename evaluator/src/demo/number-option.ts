import { TidemarkError } from '../domain/errors.ts'

/** A whole number given on the command line. @throws {TidemarkError} `argument_invalid`, naming option, value and limits */
export function wholeNumber(option: string, text: string, minimum: number, maximum: number): number {
  const value = Number(text)
  if (/^\d+$/u.test(text) && value >= minimum && value <= maximum) return value
  throw new TidemarkError(
    'argument_invalid',
    `${option} ${text} is no whole number from ${minimum} to ${maximum}.`,
    `Give ${option} a number from ${minimum} to ${maximum}.`,
  )
}

/** The change needs a day to change from and must be among the days. @throws {TidemarkError} `argument_invalid` */
export function changeDayWithin(changeDay: number, days: number): number {
  if (changeDay <= days) return changeDay
  throw new TidemarkError(
    'argument_invalid',
    `--change-day ${changeDay} is after the last day, ${days}.`,
    `Use --change-day with a day up to ${days}, or more --days.`,
  )
}
