import type { Escalation } from '../domain/escalation.ts'
import type { CallContent } from '../domain/signals.ts'
import { redactText, redactValue } from './redact.ts'

export const CONTENT_POLICIES = ['none', 'redacted', 'all'] as const
/** What is kept of the texts that an agent sends; applied before anything is stored. */
export type ContentPolicy = (typeof CONTENT_POLICIES)[number]

/** A call's texts as they may be stored. */
export function keptContent<Entry extends Pick<CallContent, 'input' | 'output'>>(
  entry: Entry,
  policy: ContentPolicy,
): Entry {
  if (policy === 'all' || (entry.input === null && entry.output === null)) return entry
  if (policy === 'none') return { ...entry, input: null, output: null }
  return {
    ...entry,
    input: entry.input === null ? null : redactText(entry.input),
    output: entry.output === null ? null : redactText(entry.output),
  }
}

/** A case for review as it may be stored; without texts the reviewer has the question and the link to the trace. */
export function keptEscalation(item: Escalation, policy: ContentPolicy): Escalation {
  if (policy === 'all') return item
  const question = redactText(item.question)
  if (policy === 'none') return { ...item, question, context: null, input: null, output: null }
  return {
    ...item,
    question,
    context: redactValue(item.context),
    input: redactValue(item.input),
    output: redactValue(item.output),
  }
}
