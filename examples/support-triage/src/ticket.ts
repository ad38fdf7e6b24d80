/** How a ticket came in; the agent's calls are told apart by it. */
export const CHANNELS = ['email', 'chat', 'phone', 'form'] as const
export type Channel = (typeof CHANNELS)[number]

/** A customer's message as the help desk hands it over. */
export interface Ticket {
  readonly id: string
  readonly subject: string
  readonly body: string
  /** BCP 47 tag, where the help desk knows it. */
  readonly language?: string
  readonly channel: Channel
}
