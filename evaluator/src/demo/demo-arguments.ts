import { resolve } from 'node:path'
import { TidemarkError } from '../domain/errors.ts'
import { changeDayWithin, wholeNumber } from './number-option.ts'

/** What the command line gives; numbers are still text. `change` is false with `--no-change`. */
export type DemoArguments = {
  readonly once?: boolean
  readonly json?: string
  readonly change: boolean
  readonly days: string
  readonly perDay: string
  readonly changeDay: string
  readonly seed: string
  readonly port: string
  readonly store?: string
  readonly metricsEndpoint?: string
}

export type DemoOptions = {
  /** Ends after the verdict instead of serving the page. */
  readonly isOnce: boolean
  /** File of the result. */
  readonly json: string | undefined
  /** Day of the model's update; null: the control. */
  readonly changeDay: number | null
  readonly days: number
  readonly perDay: number
  readonly seed: number
  readonly port: number
  /** SQLite file; undefined: a fresh temporary one. */
  readonly store: string | undefined
  readonly metricsEndpoint: string | undefined
}

/**
 * Checks the arguments; relative paths start at `folder`.
 * @throws {TidemarkError} `argument_invalid`
 */
export function demoOptions(given: DemoArguments, folder: string): DemoOptions {
  const days = wholeNumber('--days', given.days, 2, 365)
  const changeDay = wholeNumber('--change-day', given.changeDay, 1, 365)
  return {
    isOnce: given.once ?? false,
    json: given.json === undefined ? undefined : resolve(folder, given.json),
    changeDay: given.change ? changeDayWithin(changeDay, days) : null,
    days,
    perDay: wholeNumber('--per-day', given.perDay, 10, 2000),
    seed: wholeNumber('--seed', given.seed, 0, 4_294_967_295),
    port: wholeNumber('--port', given.port, 0, 65_535),
    store: given.store === undefined ? undefined : resolve(folder, given.store),
    metricsEndpoint: given.metricsEndpoint === undefined ? undefined : checkedUrl(given.metricsEndpoint),
  }
}

/** @throws {TidemarkError} `argument_invalid` */
export function checkedUrl(text: string): string {
  if (URL.canParse(text) && /^https?:/u.test(text)) return text
  throw new TidemarkError(
    'argument_invalid',
    `--metrics-endpoint ${text} is no http address.`,
    'Give the full address that takes OTLP metrics, such as http://127.0.0.1:9090/api/v1/otlp/v1/metrics.',
  )
}
