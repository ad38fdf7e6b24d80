import type { HumanPair, RecordedJudgement, Winner } from './human-pairs.ts'

/** One question to the judge, with what its model answered when it was recorded. */
export type RecordedQuestion = {
  /** Key of the question, which the request carries, and of the judgement in the judge's store. */
  readonly key: string
  readonly parts: readonly { readonly title: string; readonly text: string }[]
  /** Whether both answers are compared, or one is rated alone. */
  readonly kind: 'compared' | 'rated'
  /** Text of the provider's answer. */
  readonly reply: string
  /** The reply is the recorded text itself; else the recorded verdict in the form that our prompt asks for. */
  readonly isVerbatim: boolean
}

/** The choices of a comparison, named as the recorded judges name them. */
export const COMPARED = { 'Output (a)': 1, tie: 0.5, 'Output (b)': 0 } as const
/** The choices where each answer was rated alone. */
export const RATED: Readonly<Record<string, number>> = Object.fromEntries(
  Array.from({ length: 10 }, (_, points) => [String(points), points]),
)

/**
 * The questions behind one recorded judgement: one that compares both answers in the order in which they were shown, or two that
 * rate each alone. Ratings that do not decide by themselves, equal ones and those whose text was not kept, were decided by the
 * recording's own rule: the verdict is then asked for like a comparison.
 */
export function questionsOf(pair: HumanPair, judgement: RecordedJudgement, key: string): RecordedQuestion[] {
  const input = { title: 'input', text: pair.input.messages.map(({ content }) => content).join('\n\n') }
  const [a, b] = [textOf(pair.outputs.a.turns), textOf(pair.outputs.b.turns)]
  const ratings = decidingRatings(judgement)
  if (ratings !== undefined)
    return [
      { key: `${key}/a`, kind: 'rated', parts: [input, { title: 'output', text: a }], ...verbatim(ratings.a) },
      { key: `${key}/b`, kind: 'rated', parts: [input, { title: 'output', text: b }], ...verbatim(ratings.b) },
    ]
  const [first, second] = judgement.order === 'swapped' ? [b, a] : [a, b]
  const parts = [input, { title: 'Output (a)', text: first }, { title: 'Output (b)', text: second }]
  return [{ key, kind: 'compared', parts, ...comparisonReply(judgement) }]
}

function decidingRatings({
  raw_a: a,
  raw_b: b,
}: RecordedJudgement): { readonly a: string; readonly b: string } | undefined {
  if (a === undefined || b === undefined || RATED[a] === undefined || RATED[b] === undefined) return undefined
  return RATED[a] === RATED[b] ? undefined : { a, b }
}

/** What the judge's values say of the original a and b: of a comparison, or of two ratings. Null where one is missing. */
export function winnerOf({ order }: RecordedJudgement, values: readonly (number | null)[]): Winner | null {
  const [first, second = COMPARED.tie] = values
  if (first === undefined || first === null || second === null) return null
  const lead = first - second
  if (lead === 0) return 'tie'
  return lead > 0 === (order !== 'swapped') ? 'a' : 'b'
}

/** What a judge writes that names nothing but its choice is readable as it is. */
const ONLY_A_CHOICE = /^\W*Output \([ab]\)\W*$/u

function comparisonReply({ verdict, order, raw }: RecordedJudgement): Pick<RecordedQuestion, 'reply' | 'isVerbatim'> {
  // a verdict that could not be read when it was recorded has to be found unreadable again
  if (raw !== undefined && (verdict === null || ONLY_A_CHOICE.test(raw))) return verbatim(raw)
  if (verdict === null) return verbatim('')
  return { reply: JSON.stringify({ reasons: raw ?? '', choice: choiceFor(verdict, order) }), isVerbatim: false }
}

function choiceFor(verdict: Winner, order: RecordedJudgement['order']): keyof typeof COMPARED {
  if (verdict === 'tie') return 'tie'
  return (verdict === 'a') === (order !== 'swapped') ? 'Output (a)' : 'Output (b)'
}

function verbatim(reply: string): Pick<RecordedQuestion, 'reply' | 'isVerbatim'> {
  return { reply, isVerbatim: true }
}

function textOf(turns: readonly string[] | null): string {
  return turns === null ? '(the text was not recorded)' : turns.join('\n\n')
}
