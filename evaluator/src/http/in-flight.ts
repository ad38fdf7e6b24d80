import { TidemarkError } from '../domain/errors.ts'

/** What all ingest requests may hold together while they are read and stored. */
export type InFlightLimits = { readonly inFlightRequests: number; readonly inFlightBytes: number }

export type InFlight = {
  /**
   * Counts a request in before its body is read; the answer counts it out.
   * @throws {TidemarkError} `ingest_busy`
   */
  enter(bytes: number): () => void
}

/**
 * Turns senders away instead of holding their bodies in memory while the store is slow. A request alone is always let in,
 * so that a limit below the size of a body stops nobody for good.
 */
export function inFlightGate({ inFlightRequests, inFlightBytes }: InFlightLimits): InFlight {
  let requests = 0
  let held = 0
  return {
    enter(bytes) {
      if (requests > 0 && (requests >= inFlightRequests || held + bytes > inFlightBytes)) {
        const why =
          requests >= inFlightRequests
            ? `${requests} requests are being stored; limits.inFlightRequests is ${inFlightRequests}`
            : `${held} bytes are being stored, and ${bytes} more would exceed limits.inFlightBytes (${inFlightBytes})`
        throw new TidemarkError(
          'ingest_busy',
          `The evaluator is busy: ${why}.`,
          'Send the request again after Retry-After, as OTLP exporters do by themselves; nothing of it was stored.',
        )
      }
      requests += 1
      held += bytes
      let isIn = true
      return () => {
        if (!isIn) return
        isIn = false
        requests -= 1
        held -= bytes
      }
    },
  }
}
