import { missing, type JudgeAnswer } from './judge-answer.ts'
import type { Judge, JudgeItem } from './judge.ts'

/** How a batch is worked through. */
export type BatchLimits = {
  /** Calls in flight at one time. */
  readonly concurrency: number
  /** Limit of one record, all its attempts, milliseconds. */
  readonly itemMilliseconds: number
  /** Limit of the whole batch, milliseconds: what is not done then is missing. */
  readonly batchMilliseconds: number
  /** Aborted when the work no longer counts. */
  readonly signal?: AbortSignal
}

/** A lease that somebody holds while a batch runs. `renew` resolves to false when it is lost. */
export type BatchLease = { readonly everyMilliseconds: number; renew(): Promise<boolean> }

export type BatchResult = {
  /** An answer for each item, in their order. */
  readonly answers: readonly JudgeAnswer[]
  /** Answers that were there already, paid by an earlier run. */
  readonly fromCache: number
  /** The lease was lost: another process goes on from the answers stored so far, and this result must not count. */
  readonly leaseLost: boolean
}

/**
 * Judges records, each once: what the store knows is not asked again, and every answer is stored as it arrives, so that a batch
 * that is killed goes on where it stood. Records that were not reached are missing.
 */
export async function judgeBatch(
  judge: Judge,
  items: readonly JudgeItem[],
  limits: BatchLimits,
  lease?: BatchLease,
): Promise<BatchResult> {
  const known = await judge.store.find(
    judge.version.id,
    items.map(({ record }) => record),
  )
  const open = new Map(items.filter(({ record }) => !known.has(record)).map((item) => [item.record, item]))
  const queue = [...open.values()]
  const answers = new Map(known)
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), limits.batchMilliseconds)
  const ended = limits.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, limits.signal])
  const holding = lease === undefined ? undefined : holdLease(lease, stop)
  const work = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
      if (ended.aborted) return
      const signal = AbortSignal.any([ended, AbortSignal.timeout(limits.itemMilliseconds)])
      answers.set(item.record, await judge.ask(item, signal))
    }
  }
  try {
    await settleAll(Array.from({ length: Math.min(limits.concurrency, queue.length) }, work), stop)
  } finally {
    clearTimeout(timer)
    holding?.end()
  }
  const notReached = missing('not_reached', 'the batch ended before')
  return {
    answers: items.map(({ record }) => answers.get(record) ?? notReached),
    fromCache: items.filter(({ record }) => known.has(record)).length,
    leaseLost: holding?.isLost() ?? false,
  }
}

/** Waits for all, so that nothing works on after the batch; the first failure stops the others and is thrown. */
async function settleAll(workers: readonly Promise<void>[], stop: AbortController): Promise<void> {
  const watched = workers.map(async (worker) => {
    try {
      await worker
    } catch (error) {
      stop.abort()
      throw error
    }
  })
  const results = await Promise.allSettled(watched)
  const failure = results.find((result) => result.status === 'rejected')
  if (failure !== undefined) throw failure.reason
}

function holdLease(lease: BatchLease, stop: AbortController): { end(): void; isLost(): boolean } {
  let lost = false
  let renewing = false
  const timer = setInterval(() => {
    if (!renewing) void renew()
  }, lease.everyMilliseconds)
  return { end: () => clearInterval(timer), isLost: () => lost }

  async function renew(): Promise<void> {
    renewing = true
    try {
      lost ||= !(await lease.renew())
    } catch {
      // a store that cannot renew cannot be told from a lost lease: whoever has it now goes on
      lost = true
    } finally {
      renewing = false
    }
    if (lost) stop.abort()
  }
}
