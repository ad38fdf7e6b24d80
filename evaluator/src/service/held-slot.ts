import { renewSlot, type SlotClaim } from '../store/slots.ts'
import type { StoreDatabase } from '../store/open-store.ts'

/** Longer than a process that lives is ever silent, short enough that a dead one's slot is not waited for. */
export const LEASE_MILLISECONDS = 60_000

export type LeaseTerms = {
  /** The clock that leases are measured by, epoch milliseconds. */
  readonly now: () => Promise<number>
  readonly milliseconds: number
}

/** The slot went to another process while this one was busy; its result counts, not this one's. */
export class LostLease extends Error {
  override readonly name = 'LostLease'
  constructor({ agent, slotAt }: SlotClaim) {
    super(`the lease on slot ${new Date(slotAt).toISOString()} of ${agent} was lost`)
  }
}

/**
 * Holds a slot while work on it goes on, renewing its lease each third of it: a batch of judge calls may take longer than a
 * lease. The signal is aborted when the slot went to someone else, so that nobody pays for work that cannot count.
 */
export async function holdSlot<Result>(
  db: StoreDatabase,
  claim: SlotClaim,
  { now, milliseconds }: LeaseTerms,
  work: (signal: AbortSignal) => Promise<Result>,
  renewLease: (leaseUntil: number) => Promise<boolean> = (leaseUntil) => renewSlot(db, claim, leaseUntil),
): Promise<Result> {
  const lost = new AbortController()
  let renewing: Promise<void> = Promise.resolve()
  const renew = async (): Promise<void> => {
    try {
      if (!(await renewLease((await now()) + milliseconds))) lost.abort(new LostLease(claim))
    } catch {
      // a store that is away for a moment: the next renewal, or the fence at the end, decides
    }
  }
  const timer = setInterval(() => {
    renewing = renewing.then(renew)
  }, milliseconds / 3)
  try {
    return await work(lost.signal)
  } finally {
    clearInterval(timer)
    await renewing
  }
}
