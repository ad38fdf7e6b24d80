/** Stable codes of everything the statistics refuse. */
export const STATISTICS_ERROR_CODES = [
  'statistics_budget_invalid',
  'statistics_streams_invalid',
  'statistics_weights_invalid',
  'statistics_tolerance_invalid',
  'statistics_baseline_invalid',
  'statistics_batch_invalid',
  'statistics_candidate_invalid',
  'statistics_argument_invalid',
] as const
export type StatisticsErrorCode = (typeof STATISTICS_ERROR_CODES)[number]

/** A configuration or an input that would make the statistics meaningless; `message` names the value and the next step. */
export class StatisticsError extends Error {
  override readonly name = 'StatisticsError'
  readonly code: StatisticsErrorCode

  constructor(code: StatisticsErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
