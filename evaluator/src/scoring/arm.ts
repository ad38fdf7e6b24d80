import type { ChangeKind } from '@tidemark/instrumentation/semconv'
import type { CallRecord } from '../domain/records.ts'

/** The arm that is watched against the baseline; every other variant is compared with it on the same day. */
export const CONTROL = 'control'

/** A variant that took over: from `at` (epoch milliseconds) on, its calls with the promoted value are control's. */
export type Promotion = {
  readonly variant: string
  readonly kind: ChangeKind
  readonly value: string
  readonly at: number
}

/**
 * The arm of a call. A promoted name is control only with the value it was promoted with: the next canary may bear the
 * same name, and is a variant again.
 */
export function armOf(call: CallRecord, promotions: readonly Promotion[]): string {
  const isPromoted = promotions.some(
    (promotion) => promotion.variant === call.variant && call.startedAt >= promotion.at && carries(call, promotion),
  )
  return isPromoted ? CONTROL : call.variant
}

/** Whether a call has a value of a kind; a call that says nothing of the kind does not contradict. */
function carries(call: CallRecord, { kind, value }: Promotion): boolean {
  const said = valuesOf(call, kind).filter((one) => one !== null)
  return said.length === 0 || said.includes(value)
}

function valuesOf(call: CallRecord, kind: ChangeKind): readonly (string | null)[] {
  switch (kind) {
    case 'model':
      return [call.responseModel, call.requestModel]
    case 'prompt':
      return [
        call.promptVersion,
        call.promptHash,
        call.promptName === null || call.promptVersion === null ? null : `${call.promptName} ${call.promptVersion}`,
      ]
    case 'tools':
      return [call.toolsHash]
    case 'data':
      return [call.dataVersion]
    // no call says these: the name alone decides
    case 'deploy':
    case 'judge':
    case 'config':
      return []
  }
}
