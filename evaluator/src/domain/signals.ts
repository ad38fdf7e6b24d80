import type { ChangeKind } from '@tidemark/instrumentation/semconv'

/** What says which call a score or a text belongs to; at least one is known. Hex ids as in spans. */
export type CallReference = {
  readonly traceId: string | null
  readonly spanId: string | null
  readonly responseId: string | null
  readonly conversationId: string | null
}

export const SELECTIONS = ['all', 'volunteered'] as const
/** Who was scored: every call of its kind, or those whose users chose to say something. */
export type Selection = (typeof SELECTIONS)[number]

/** A judgement of somebody else about a call: feedback, another tool's evaluation, what came of it later. */
export type ExternalScore = CallReference & {
  /** The same id is the same judgement, however often it is sent. */
  readonly id: string
  readonly agent: string
  readonly name: string
  readonly version: string
  readonly source: string
  /** A number, or a category by its name; the other one is null. */
  readonly value: number | null
  readonly label: string | null
  readonly selection: Selection
  /** How long after the call this name's score is complete, milliseconds; null where the sender says nothing. */
  readonly lagMilliseconds: number | null
  /** When it was given, epoch milliseconds. */
  readonly at: number
}

/** Texts of a call that came beside its span, as a log record. */
export type CallContent = {
  readonly traceId: string
  readonly spanId: string
  readonly agent: string
  readonly at: number
  /** JSON text of the convention's messages. */
  readonly input: string | null
  readonly output: string | null
}

/** A change that no span shows, told by a person or a pipeline, perhaps long after it. */
export type AnnouncedChange = {
  readonly id: string
  readonly agent: string
  readonly kind: ChangeKind
  readonly value: string
  readonly at: number
  readonly by: string | null
  readonly link: string | null
}

export type EventBatch = { readonly scores: readonly ExternalScore[]; readonly contents: readonly CallContent[] }
