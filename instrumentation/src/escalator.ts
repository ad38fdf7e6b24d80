import type { Surroundings } from './attempts.ts'
import { deliver, type DeliverySettings } from './delivery.ts'
import { TidemarkError } from './errors.ts'
import type { Escalation, EscalationRecord } from './escalation.ts'
import type { Outbox } from './outbox.ts'
import { backoffMilliseconds } from './retry-policy.ts'

/** The first delivery is tried while the caller waits, milliseconds. */
const FIRST_TIMEOUT = 2000
const LATER_TIMEOUT = 10_000
/** Waits between deliveries of what is left, and between looks for files of ended processes, milliseconds. */
const BACKOFF = { baseMilliseconds: 1000, capMilliseconds: 60_000 }
const IDLE_MILLISECONDS = 30_000
/** Passes of one flush in which the queue takes nothing, until it counts as away. */
const FLUSH_PASSES = 3
/** Attempts before an escalation without an outbox is given back to the caller. */
const ATTEMPTS_WITHOUT_OUTBOX = 4

/** Puts escalations where they cannot get lost, and brings them to the queue. */
export interface Escalator {
  store(record: EscalationRecord): Promise<Escalation>
  /** Delivers what waits, for at most so many milliseconds; how many are left. */
  flush(milliseconds: number): Promise<number>
  close(): Promise<void>
}

export interface EscalatorSettings {
  readonly delivery: DeliverySettings | undefined
  readonly outbox: Outbox | undefined
  readonly notify: ((record: EscalationRecord) => void | Promise<void>) | undefined
  readonly surroundings: Surroundings
  readonly trouble: (message: string, cause?: unknown) => void
}

export function createEscalator(settings: EscalatorSettings): Escalator {
  const { delivery, outbox, surroundings, trouble } = settings
  const refused = new Set<string>()
  let failures = 0
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  let isClosed = false

  const schedule = (milliseconds: number): void => {
    if (isClosed || delivery === undefined || outbox === undefined) return
    clearTimeout(timer)
    timer = setTimeout(() => void run(Number.POSITIVE_INFINITY), milliseconds)
    timer.unref()
  }
  /** One pass at a time over everything that waits. */
  const run = (deadline: number): Promise<void> => {
    running ??= pass(deadline)
      .catch((error: unknown) => trouble('the outbox could not be worked off', error))
      .finally(() => {
        running = undefined
        schedule(failures === 0 ? IDLE_MILLISECONDS : backoffMilliseconds(failures, BACKOFF, surroundings.random))
      })
    return running
  }
  const pass = async (deadline: number): Promise<void> => {
    if (delivery === undefined || outbox === undefined) return
    await outbox.touch()
    await outbox.adopt()
    for (const record of outbox.pending()) {
      const left = deadline - surroundings.now()
      if (left <= 0) return
      if (refused.has(record.id)) continue
      const outcome = await deliver(record, delivery, Math.min(left, LATER_TIMEOUT))
      if (outcome.kind === 'delivered') {
        failures = 0
        await outbox.delivered(record.id)
      } else if (outcome.kind === 'refused') {
        refused.add(record.id)
        trouble(`the review queue refuses escalation ${record.id}, it stays in the outbox: ${outcome.why}`)
      } else {
        failures++
        trouble(`escalation ${record.id} waits in the outbox: ${outcome.why}`)
        return
      }
    }
  }

  const waitWithin = (deadline: number, pass: number): Promise<void> => {
    const wait = backoffMilliseconds(pass, BACKOFF, surroundings.random)
    return surroundings.wait(Math.max(0, Math.min(wait, deadline - surroundings.now())), undefined)
  }

  // files of processes that ended without delivering may be waiting already
  schedule(backoffMilliseconds(0, BACKOFF, surroundings.random))

  return {
    async store(record) {
      const stored = outbox === undefined ? await deliverNow(record, settings) : await storeDurably(record, outbox)
      tell(record, settings)
      return { id: record.id, stored }
    },
    async flush(milliseconds) {
      const deadline = surroundings.now() + milliseconds
      await running
      // one answer that went wrong must not leave all the others behind in a process that is about to end
      let idlePasses = 0
      while (idlePasses < FLUSH_PASSES && surroundings.now() < deadline) {
        if (idlePasses > 0) await waitWithin(deadline, idlePasses)
        const waiting = outbox?.pending().length ?? 0
        await run(deadline)
        const left = outbox?.pending().length ?? 0
        if (failures === 0 || left === 0) break
        idlePasses = left < waiting ? 1 : idlePasses + 1
      }
      return outbox?.pending().length ?? 0
    },
    async close() {
      isClosed = true
      clearTimeout(timer)
      await running
      await outbox?.close()
    },
  }

  async function storeDurably(record: EscalationRecord, box: Outbox): Promise<Escalation['stored']> {
    // while the queue is known to be away nobody waits for it
    if (delivery !== undefined && failures === 0) {
      const outcome = await deliver(record, delivery, FIRST_TIMEOUT)
      if (outcome.kind === 'delivered') return 'queue'
      if (outcome.kind === 'later') failures++
      trouble(`escalation ${record.id} goes to the outbox: ${outcome.why}`)
    }
    await box.add(record)
    schedule(backoffMilliseconds(failures, BACKOFF, surroundings.random))
    return 'outbox'
  }
}

/** Without an outbox only the queue's own word counts. */
async function deliverNow(
  record: EscalationRecord,
  { delivery, surroundings }: EscalatorSettings,
): Promise<Escalation['stored']> {
  if (delivery === undefined) {
    throw new TidemarkError(
      'escalation_not_stored',
      'There is neither an endpoint nor an outbox: escalations have nowhere to go. Set the option endpoint, or on Node leave outbox unset.',
    )
  }
  let why = ''
  for (let attempt = 0; attempt < ATTEMPTS_WITHOUT_OUTBOX; attempt++) {
    if (attempt > 0) await surroundings.wait(backoffMilliseconds(attempt, BACKOFF, surroundings.random), undefined)
    const outcome = await deliver(record, delivery, FIRST_TIMEOUT)
    if (outcome.kind === 'delivered') return 'queue'
    ;({ why } = outcome)
    if (outcome.kind === 'refused') break
  }
  throw new TidemarkError(
    'escalation_not_stored',
    `The review queue at ${delivery.endpoint} did not take escalation ${record.id}: ${why}. The case is still yours; an outbox would have kept it.`,
  )
}

function tell(record: EscalationRecord, { notify, trouble }: EscalatorSettings): void {
  if (notify === undefined) return
  Promise.resolve()
    .then(() => notify(record))
    .catch((error: unknown) => trouble(`notify failed for escalation ${record.id}`, error))
}
