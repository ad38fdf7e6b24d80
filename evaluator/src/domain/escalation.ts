/** High first. */
export const PRIORITIES = ['high', 'normal', 'low'] as const
export type Priority = (typeof PRIORITIES)[number]

/**
 * A case that an agent handed to people. `id` is the sender's: the same id twice is one item. `context`, `input` and
 * `output` are any JSON, as the agent sent them.
 */
export type Escalation = {
  /** UUID, lower case. */
  readonly id: string
  readonly agent: string
  readonly reason: string
  readonly priority: Priority
  /** What the reviewer has to decide, in one sentence; empty where the agent asked nothing particular. */
  readonly question: string
  readonly context: unknown
  readonly input: unknown
  readonly output: unknown
  /** Lower-case hex of the span that escalated. */
  readonly traceId: string | null
  readonly spanId: string | null
  /** Epoch milliseconds by the sender's clock. */
  readonly createdAt: number
}
