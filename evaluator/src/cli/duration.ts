import { TidemarkError } from '../domain/errors.ts'

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** Milliseconds of `90m`, `12h`, `14d`, `2w`. @throws {TidemarkError} `argument_invalid` */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([mhdw])$/u.exec(text)
  const unit = UNITS[match?.[2] ?? '']
  if (match === null || unit === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `"${text}" is no duration.`,
      'Write a number and m, h, d or w, such as 14d.',
    )
  return Number(match[1]) * unit
}

/** Epoch milliseconds of an ISO date or time. @throws {TidemarkError} `argument_invalid` */
export function parseTime(text: string): number {
  const time = Date.parse(text)
  if (Number.isNaN(time))
    throw new TidemarkError(
      'argument_invalid',
      `"${text}" is no time.`,
      'Write an ISO date or time, such as 2026-11-01 or 2026-11-01T08:00Z.',
    )
  return time
}

/** A whole number of at least `minimum`. @throws {TidemarkError} `argument_invalid` */
export function parseCount(text: string, minimum = 1): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < minimum)
    throw new TidemarkError(
      'argument_invalid',
      `"${text}" is no whole number of at least ${minimum}.`,
      'Write it in digits, such as 250.',
    )
  return count
}
