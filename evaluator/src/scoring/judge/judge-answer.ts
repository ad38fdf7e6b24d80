import { z } from 'zod'
import { CANNOT_JUDGE, type Choices, type Rubric } from './rubric.ts'

/** Why a record has no score of this judge. */
export const JUDGE_MISSING = [
  /** The judge said so. */
  'cannot_judge',
  /** The judge declined, or a filter of its provider did. */
  'refused',
  /** The answer was cut off at its longest length. */
  'truncated',
  /** The answer has no readable choice. */
  'malformed',
  /** The answer names a choice that the rubric does not have. */
  'unknown_choice',
  /** The agent sent no text. */
  'no_text',
  /** The text is longer than the judge may be sent. */
  'too_long',
  /** The provider failed, after retries. */
  'provider_error',
  /** The provider did not answer in time. */
  'timeout',
  /** The day's budget is used up. */
  'budget',
  /** The batch ended before it was this record's turn. */
  'not_reached',
] as const
export type JudgeMissing = (typeof JUDGE_MISSING)[number]

/** What a judge said of one record. `detail` never holds text of the agent or of the judge. */
export type JudgeAnswer =
  | { readonly kind: 'scored'; readonly choice: string; readonly value: number; readonly reasons: string }
  | { readonly kind: 'missing'; readonly reason: JudgeMissing; readonly detail: string }

/** A completion as far as a judgement depends on it. */
export type JudgeReply = {
  readonly text: string | null
  readonly refusal: string | null
  readonly finishReason: string | null
}

/** Reasons are kept for people who ask why; longer ones are cut, UTF-16 units. */
const REASONS_KEPT = 2000

/**
 * Reads a reply strictly: what is not clearly one choice of the rubric is a missing score. A JSON object (also in a code
 * fence) or, where a provider has no structured output, text that ends with the line `choice: NAME` or is nothing but a name.
 */
export function readJudgeReply({ text, refusal, finishReason }: JudgeReply, rubric: Rubric): JudgeAnswer {
  if (refusal !== null && refusal !== '') return missing('refused', 'the judge declined')
  if (finishReason === 'content_filter') return missing('refused', 'a filter of the provider')
  if (finishReason === 'length') return missing('truncated', 'cut off at the longest answer')
  if (text === null || text.trim() === '') return missing('malformed', 'an empty answer')
  const read = readJson(text) ?? readText(text, rubric.choices)
  if (read === undefined) return missing('malformed', 'no readable choice')
  const wanted = folded(read.choice)
  if (wanted === CANNOT_JUDGE) return missing('cannot_judge', 'the judge could not decide')
  const choice = Object.keys(rubric.choices).find((name) => folded(name) === wanted)
  const value = choice === undefined ? undefined : rubric.choices[choice]
  if (choice === undefined || value === undefined) return missing('unknown_choice', 'a choice that the rubric has not')
  return { kind: 'scored', choice, value, reasons: read.reasons.slice(0, REASONS_KEPT) }
}

export function missing(reason: JudgeMissing, detail: string): JudgeAnswer {
  return { kind: 'missing', reason, detail }
}

type Read = { readonly reasons: string; readonly choice: string }

const answer = z.strictObject({ reasons: z.string(), choice: z.string() })
const FENCE = /^```(?:json)?\s*\n(?<body>[\s\S]*)\n```$/u

function readJson(text: string): Read | undefined {
  const trimmed = text.trim()
  const body = FENCE.exec(trimmed)?.groups?.['body'] ?? trimmed
  try {
    const parsed: unknown = JSON.parse(body)
    const result = answer.safeParse(parsed)
    return result.success ? result.data : undefined
  } catch {
    return undefined
  }
}

const CHOICE_LINE = /^[\s*_#>-]*choice[\s*_]*[:=][\s*_"'`]*(?<choice>[^\n]*?)[\s*_"'`.]*$/iu

/** The last line has to be the choice, and no other line may be one: two choices are none. */
function readText(text: string, choices: Choices): Read | undefined {
  const lines = text.trim().split('\n')
  const only = lines.length === 1 ? nameIn(lines[0] ?? '', choices) : undefined
  if (only !== undefined) return { reasons: '', choice: only }
  const named = lines.flatMap((line) => CHOICE_LINE.exec(line)?.groups?.['choice'] ?? [])
  const [choice] = named
  if (named.length !== 1 || choice === undefined || !CHOICE_LINE.test(lines.at(-1) ?? '')) return undefined
  return { reasons: lines.slice(0, -1).join('\n').trim(), choice }
}

function nameIn(line: string, choices: Choices): string | undefined {
  const bare = folded(line.replaceAll(/^[\s*_"'`]+|[\s*_"'`.]+$/gu, ''))
  return [...Object.keys(choices), CANNOT_JUDGE].find((name) => folded(name) === bare)
}

function folded(name: string): string {
  return name.normalize('NFC').trim().toLowerCase()
}
