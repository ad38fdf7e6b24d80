import type { Attempts } from './attempts.ts'
import type { CallRecord } from './call-record.ts'
import { later } from './later.ts'

/** The attempt that brought an answer, to be settled when nobody reads that. */
type Attempt = Pick<Attempts, 'settle'> | undefined

/** The calls that have not ended, so that each ends even where nobody reads its answer. */
export interface OpenCalls {
  began(record: CallRecord): void
  /** An answer is handed to its reader. A call whose response is collected before it has ended ends as abandoned. */
  answered(record: CallRecord, response: Response, attempt: Attempt): void
  ended(record: CallRecord): void
  /** Ends all of them as abandoned. */
  abandonAll(): void
}

export function createOpenCalls(): OpenCalls {
  return new Calls()
}

/** So long at most is a response kept that nobody else keeps, milliseconds. */
const FRESH_MILLISECONDS = 250

interface Fresh {
  readonly response: Response
  readonly attempt: Attempt
}

/**
 * What a registry watches outlives every minor collection, with all that hangs on it. Most answers are read at once: only
 * those that are still open a moment later are registered.
 */
class Calls implements OpenCalls {
  readonly #calls = new Map<CallRecord, Fresh | 'sent' | 'registered'>()
  readonly #forgotten = new FinalizationRegistry<{ readonly record: CallRecord; readonly attempt: Attempt }>(
    ({ record, attempt }) => {
      attempt?.settle('aborted')
      record.abandon(undefined, undefined)
    },
  )
  #isSweepPlanned = false

  began(record: CallRecord): void {
    this.#calls.set(record, 'sent')
  }

  answered(record: CallRecord, response: Response, attempt: Attempt): void {
    this.#calls.set(record, { response, attempt })
    if (this.#isSweepPlanned) return
    this.#isSweepPlanned = true
    later(() => this.#sweep(), FRESH_MILLISECONDS)
  }

  ended(record: CallRecord): void {
    if (this.#calls.get(record) === 'registered') this.#forgotten.unregister(record)
    this.#calls.delete(record)
  }

  abandonAll(): void {
    for (const record of this.#calls.keys()) record.abandon(undefined, undefined)
  }

  #sweep(): void {
    this.#isSweepPlanned = false
    for (const [record, state] of this.#calls) {
      if (typeof state === 'string') continue
      this.#forgotten.register(state.response, { record, attempt: state.attempt }, record)
      this.#calls.set(record, 'registered')
    }
  }
}
