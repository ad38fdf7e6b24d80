import type { AnnouncedCall } from './announced-call.ts'
import type { AttemptReport, Fetch, Surroundings } from './attempts.ts'
import type { CallRecord } from './call-record.ts'
import { isRetryable } from './retry-policy.ts'

export interface ClientAttempt {
  readonly send: Fetch
  readonly input: Parameters<Fetch>[0]
  readonly init: RequestInit | undefined
  readonly call: AnnouncedCall | undefined
  readonly record: CallRecord
  readonly surroundings: Surroundings
}

/** One attempt whose retries, if any, are its sender's; `isFinal` where no further one is expected. */
export async function observeClientAttempt({
  send,
  input,
  init,
  call,
  record,
  surroundings,
}: ClientAttempt): Promise<{ readonly response: Response; readonly isFinal: boolean }> {
  const startMilliseconds = surroundings.now()
  const resendCount = Number(new Headers(init?.headers).get('x-stainless-retry-count') ?? 0)
  const willBeSentAgain = call !== undefined && resendCount < call.clientRetries
  if (call !== undefined) call.record = record
  const report = (attempt: Pick<AttemptReport, 'outcome' | 'failure' | 'error' | 'response'>): void =>
    record.attempt({ ...attempt, resendCount, startMilliseconds, delayMilliseconds: 0 })
  let response: Response
  try {
    response = await send(input, init)
  } catch (error) {
    const isAborted = (call === undefined ? init?.signal : call.signal)?.aborted === true
    const outcome = isAborted ? 'aborted' : willBeSentAgain ? 'retried' : 'exhausted'
    report({ outcome, failure: { kind: isAborted ? 'aborted' : 'connection' }, error, response: undefined })
    if (outcome !== 'retried') record.fail({ error })
    throw error
  }
  if (response.ok) {
    report({ outcome: 'success', failure: undefined, error: undefined, response })
    return { response, isFinal: true }
  }
  const failure = { kind: 'status', status: response.status, headers: response.headers, errorCode: undefined } as const
  const outcome = !isRetryable(failure) ? 'rejected' : willBeSentAgain ? 'retried' : 'exhausted'
  report({ outcome, failure, error: undefined, response })
  return { response, isFinal: outcome !== 'retried' }
}
