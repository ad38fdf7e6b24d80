import { createHash } from 'node:crypto'
import { parse } from 'yaml'
import { z } from 'zod'
import { TidemarkError } from '../../domain/errors.ts'

/** What a judge goes by: instructions for it, and the answers it may give with the number each stands for. */
export type Rubric = {
  /** Markdown, without its front matter. */
  readonly text: string
  readonly choices: Choices
  /** First 16 hex digits of the SHA-256 of text and choices: another rubric is another scorer version. */
  readonly hash: string
}

/** The value of each choice, in the order in which the judge reads them. */
export type Choices = Readonly<Record<string, number>>

/** What a judge answers that cannot decide. A missing score, so no rubric may use the word. */
export const CANNOT_JUDGE = 'cannot_judge'

const MOST_CHOICES = 10

/** Choices as a rubric or the configuration writes them. */
export const choicesSchema = z
  .record(
    z.string().regex(/^[\p{L}\p{N}][^\p{C}\p{Zl}\p{Zp}"]{0,59}$/u, 'a choice is one line of at most 60 characters'),
    z.number(),
  )
  .refine((choices) => Object.keys(choices).length >= 2, 'give at least two choices')
  .refine((choices) => Object.keys(choices).length <= MOST_CHOICES, `give at most ${MOST_CHOICES} choices`)
  .refine((choices) => new Set(Object.keys(choices).map(folded)).size === Object.keys(choices).length, {
    message: 'two choices differ only in upper and lower case',
  })
  .refine(
    (choices) => !Object.keys(choices).some((name) => folded(name) === CANNOT_JUDGE),
    `${CANNOT_JUDGE} is always there`,
  )
  .refine((choices) => new Set(Object.values(choices)).size >= 2, 'all choices have the same value')

const frontMatter = z.strictObject({ choices: choicesSchema.optional() })

/**
 * Reads a rubric: Markdown, with its choices in YAML front matter or given by the configuration. `name` is used in messages.
 * @throws {TidemarkError} `rubric_invalid`
 */
export function parseRubric(source: string, name: string, configured?: Choices): Rubric {
  const lines = source.replace(/^\uFEFF/u, '').replaceAll(/\r\n?/gu, '\n')
  const { head, text } = split(lines)
  const written = head === undefined ? undefined : readFrontMatter(head, name)
  if (written !== undefined && configured !== undefined)
    throw invalid(`${name} has choices in its front matter, and the configuration has others.`, 'Keep one of the two.')
  const choices = written ?? checked(configured, name)
  if (text === '')
    throw invalid(`${name} has no text.`, 'Say below the front matter what each choice stands for, in words.')
  return { text, choices, hash: hashOf(text, choices) }
}

/** A rubric of values 0 and 1 is a rate; others are scores. */
export function kindOfRubric({ choices }: Rubric): 'binary' | 'score' {
  return Object.values(choices).every((value) => value === 0 || value === 1) ? 'binary' : 'score'
}

function split(lines: string): { readonly head: string | undefined; readonly text: string } {
  const match = /^---\n(?<head>[\s\S]*?)\n---(?:\n|$)/u.exec(lines)
  const head = match?.groups?.['head']
  return { head, text: lines.slice(match?.[0].length ?? 0).trim() }
}

function readFrontMatter(head: string, name: string): Choices | undefined {
  let document: unknown
  try {
    document = parse(head) ?? {}
  } catch (cause) {
    throw invalid(
      `The front matter of ${name} is no YAML.`,
      'Write it as "choices:" with a line for each choice.',
      cause,
    )
  }
  const result = frontMatter.safeParse(document)
  if (result.success) return result.data.choices
  throw invalid(`${name}: ${problemsOf(result.error)}`, 'Correct the front matter between the two lines of "---".')
}

function checked(choices: Choices | undefined, name: string): Choices {
  if (choices === undefined)
    throw invalid(
      `${name} has no choices.`,
      'Begin it with front matter, such as "---", "choices:", "  good: 1", "  bad: 0", "---".',
    )
  const result = choicesSchema.safeParse(choices)
  if (result.success) return result.data
  throw invalid(`The choices of ${name}: ${problemsOf(result.error)}`, 'Correct them in the configuration.')
}

function problemsOf(error: z.ZodError): string {
  return error.issues
    .map((issue) => {
      const message = issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
      return [JSON.stringify(issue.path.join('.')), message].join(': ')
    })
    .join('; ')
}

function hashOf(text: string, choices: Choices): string {
  const content = JSON.stringify([text, Object.entries(choices)])
  return createHash('sha256').update(content).digest('hex').slice(0, 16)
}

/** How choices are compared: models change the case of what they were given. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

function invalid(message: string, next: string, cause?: unknown): TidemarkError {
  return new TidemarkError('rubric_invalid', message, next, { cause })
}
