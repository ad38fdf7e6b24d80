/** High first; how fast each has to be decided is the review queue's configuration. */
export const PRIORITIES = ['high', 'normal', 'low'] as const
/** One of `high`, `normal` and `low`. */
export type Priority = (typeof PRIORITIES)[number]

/** A case handed to people. What a reviewer needs in order to decide is required. */
export interface EscalationRequest {
  /** One of the known reasons, or one of `escalationReasons` of the options. */
  readonly reason: string
  /** The question to decide, in one sentence: `Refund order 4711 in full?` */
  readonly question: string
  /** What the reviewer has to know and where to look, as JSON. */
  readonly context: Readonly<Record<string, unknown>>
  /** What the agent was asked. */
  readonly input: unknown
  /** What the agent answered, if it did. */
  readonly output: unknown
  readonly priority?: Priority
}

/** An escalation that is stored: in the review queue (`queue`), or on this machine's disk on its way there (`outbox`). */
export interface Escalation {
  /** UUID; also the idempotency key of every delivery. */
  readonly id: string
  readonly stored: 'queue' | 'outbox'
}

/** The body of `POST /v1/escalations`, one line of the outbox. */
export interface EscalationRecord {
  readonly id: string
  readonly agent: string
  readonly reason: string
  readonly priority: Priority
  readonly question: string
  readonly context: unknown
  readonly input: unknown
  readonly output: unknown
  readonly traceId: string | null
  readonly spanId: string | null
  /** ISO 8601 with milliseconds, UTC. */
  readonly createdAt: string
}
