import { TidemarkError } from '../domain/errors.ts'

/** Counts the spans of a request while they are decoded, so that a request of empty spans stays small in memory. */
export type SpanBudget = { take(): void }

/** @returns a budget whose `take` throws `body_too_large` after `maximum` spans */
export function spanBudget(maximum: number): SpanBudget {
  let taken = 0
  return {
    take() {
      taken += 1
      if (taken <= maximum) return
      throw new TidemarkError(
        'body_too_large',
        `The request holds more than ${maximum} spans.`,
        'Export smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE, send_batch_max_size of the Collector).',
      )
    },
  }
}
