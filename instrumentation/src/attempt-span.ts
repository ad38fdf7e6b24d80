import type { AttemptReport } from './attempts.ts'
import { errorTypeOf } from './error-type.ts'
import { rateLimitAttributes } from './rate-limit.ts'
import { ATTRIBUTE, SPAN, TIDEMARK } from './semconv.ts'
import { type Context, markFailed, type Telemetry } from './telemetry.ts'

/** The span of an attempt that failed: a first attempt that succeeds costs none. */
export function recordFailedAttempt(
  telemetry: Telemetry,
  report: AttemptReport,
  { provider, parent, endMilliseconds }: { provider: string; parent: Context; endMilliseconds: number },
): void {
  const { failure, response } = report
  const isRetried = report.outcome === 'retried'
  const span = telemetry.startSpan(SPAN.attempt, {
    kind: 'client',
    attributes: {
      [ATTRIBUTE.providerName]: provider,
      [TIDEMARK.attemptOutcome]: report.outcome,
      ...(report.resendCount === 0 ? {} : { [ATTRIBUTE.resendCount]: report.resendCount }),
      ...(isRetried ? { [TIDEMARK.retryDelay]: report.delayMilliseconds / 1000 } : {}),
      ...(response === undefined ? {} : { [ATTRIBUTE.httpStatusCode]: response.status }),
    },
    parent,
    startMilliseconds: report.startMilliseconds,
  })
  if (response !== undefined) span.setAttributes(rateLimitAttributes(response.headers))
  const requestId = response?.headers.get('x-request-id')
  if (requestId != null) span.setAttribute(TIDEMARK.providerRequestId, requestId)
  markFailed(span, attemptErrorType(failure, report))
  span.end(endMilliseconds)
}

function attemptErrorType(failure: AttemptReport['failure'], { error, outcome }: AttemptReport): string {
  if (failure?.kind === 'status') return failure.errorCode ?? String(failure.status)
  if (failure?.kind === 'timeout') return 'timeout'
  return outcome === 'aborted' ? 'aborted' : errorTypeOf(error)
}
