import { z } from 'zod'
import type { ScorableRecord } from '../scorer.ts'

/** What the thread of a module is started with. */
export type ThreadData = {
  readonly file: string
  readonly exportName: string
  /** Second argument of the function. */
  readonly options: Readonly<Record<string, unknown>>
}

/** Records for the thread, which answers each in this order with a {@link threadReply}. */
export type ThreadRequest = { readonly records: readonly ScorableRecord[] }

/** What the thread says. It shares its port with foreign code, so that everything is checked. */
export const threadReply = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('not_loaded'), detail: z.string() }),
  z.strictObject({ kind: z.literal('failed'), detail: z.string() }),
  z.strictObject({ kind: z.literal('returned'), value: z.unknown() }),
])
export type ThreadReply = z.infer<typeof threadReply>
