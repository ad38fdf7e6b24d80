/** One thing that somebody did. */
export type AuditEntry = {
  /** Epoch milliseconds. */
  readonly at: number
  /** A person's name, the role of a token without a name, or the user of a command. */
  readonly who: string
  /** Such as `incident.step`, or the words of a command. */
  readonly action: string
  /** Null: it was about no single agent. */
  readonly agent: string | null
  /** What it was done to, and how; never a secret, never a text of a call. */
  readonly detail: string
}
