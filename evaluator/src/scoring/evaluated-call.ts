import type { CallRecord, ValidationRecord } from '../domain/records.ts'

/** A call with the first validation of its raw text; later ones are re-checks of repaired or re-asked outputs. */
export type EvaluatedCall = { readonly call: CallRecord; readonly validation: ValidationRecord | null }

/**
 * Joins validations to the calls they belong to: by the span they are children of, else by the response id.
 * `validations` are in order of time.
 */
export function joinValidations(
  calls: readonly CallRecord[],
  validations: readonly ValidationRecord[],
): EvaluatedCall[] {
  const bySpan = new Map<string, ValidationRecord>()
  const byResponse = new Map<string, ValidationRecord>()
  for (const validation of validations) {
    const span = `${validation.traceId}/${validation.parentSpanId ?? ''}`
    if (!bySpan.has(span)) bySpan.set(span, validation)
    if (validation.responseId !== null && !byResponse.has(validation.responseId))
      byResponse.set(validation.responseId, validation)
  }
  return calls.map((call) => ({
    call,
    validation:
      bySpan.get(`${call.traceId}/${call.spanId}`) ??
      (call.responseId === null ? undefined : byResponse.get(call.responseId)) ??
      null,
  }))
}
