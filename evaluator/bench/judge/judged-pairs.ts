import type { HumanPair, Winner } from './human-pairs.ts'
import { questionsOf, winnerOf } from './recorded-answer.ts'
import { startRecordedJudge } from './recorded-judge.ts'

/** A pair on which humans decided, with everything that each of two judges said of it. */
export type JudgedPair = {
  readonly id: string
  /** By judge: for each time it was asked, how much it prefers the answer that the humans prefer: 1, 0.5 or 0. */
  readonly preferences: ReadonlyMap<string, readonly number[]>
}

/** Two judges of the same pairs, the one that agrees with humans more first. */
export type TwoJudges = {
  readonly dataset: string
  readonly before: string
  readonly after: string
  readonly pairs: readonly JudgedPair[]
}

/** Fewer pairs are no anchors. */
const LEAST_PAIRS = 50
/** A judge wavers: fewer answers to one pair do not show by how much. */
const LEAST_ANSWERS = 2
/** A judge that agrees with humans less often knows nothing: its scores could not show what the agent does. */
const LEAST_AGREEMENT = 0.6

/**
 * Two judges that were both asked several times about the same pairs, through the judge of production: of all groups of pairs, and
 * of all judges that know more than chance, the two that differ most. Undefined where there are none.
 */
export async function askTwoJudges(pairs: readonly HumanPair[]): Promise<TwoJudges | undefined> {
  const [widest] = groupsOf(pairs.filter(isDecided))
    .flatMap(({ name, own }) => candidatesIn(name, own))
    .toSorted((a, b) => b.gap - a.gap)
  if (widest === undefined) return undefined
  const { dataset, before, after, shared } = widest
  return { dataset, before, after, pairs: await judged(shared, [before, after]) }
}

type Candidate = Pick<TwoJudges, 'dataset' | 'before' | 'after'> & {
  readonly gap: number
  readonly shared: readonly HumanPair[]
}

/** Whole datasets, and single categories of them: judges that know nothing of the whole may know a part. */
function groupsOf(pairs: readonly HumanPair[]): { readonly name: string; readonly own: readonly HumanPair[] }[] {
  return [({ dataset }: HumanPair) => dataset, ({ dataset, category }: HumanPair) => `${dataset}/${category}`].flatMap(
    (nameOf) => [...Map.groupBy(pairs, nameOf)].map(([name, own]) => ({ name, own })),
  )
}

function candidatesIn(dataset: string, pairs: readonly HumanPair[]): Candidate[] {
  const judges = [...new Set(pairs.flatMap(({ judgements }) => judgements.map(({ judge }) => judge)))]
  return judges.flatMap((before) =>
    judges.flatMap((after) => {
      const shared = pairs.filter((pair) => [before, after].every((judge) => answersOf(pair, judge) >= LEAST_ANSWERS))
      const [better, worse] = [recordedAgreement(shared, before), recordedAgreement(shared, after)]
      if (shared.length < LEAST_PAIRS || worse < LEAST_AGREEMENT || better <= worse) return []
      return [{ dataset, before, after, gap: better - worse, shared }]
    }),
  )
}

async function judged(pairs: readonly HumanPair[], judges: readonly string[]): Promise<JudgedPair[]> {
  const judge = await startRecordedJudge()
  try {
    const read = new Map<string, Map<string, number[]>>()
    for (const model of judges) {
      const asked = pairs.flatMap((pair) =>
        pair.judgements.flatMap((recorded, index) =>
          recorded.judge === model && recorded.order !== 'single'
            ? [{ pair, recorded, questions: questionsOf(pair, recorded, `${pair.id}/${index}`) }]
            : [],
        ),
      )
      const answers = await judge.ask(
        model,
        asked.flatMap(({ questions }) => questions),
        'compared',
      )
      for (const { pair, recorded, questions } of asked) {
        const values = questions.map(({ key }) => {
          const answer = answers.get(key)
          return answer?.kind === 'scored' ? answer.value : null
        })
        const winner = winnerOf(recorded, values)
        const ofPair = read.get(pair.id) ?? new Map<string, number[]>()
        read.set(pair.id, ofPair)
        if (winner !== null) ofPair.set(model, [...(ofPair.get(model) ?? []), preferenceFor(winner, pair)])
      }
    }
    return pairs
      .map(({ id }) => ({ id, preferences: read.get(id) ?? new Map<string, number[]>() }))
      .filter(({ preferences }) => judges.every((model) => (preferences.get(model)?.length ?? 0) > 0))
  } finally {
    await judge.close()
  }
}

function isDecided({ human_majority: human }: HumanPair): boolean {
  return human === 'a' || human === 'b'
}

function answersOf({ judgements }: HumanPair, judge: string): number {
  return judgements.filter((one) => one.judge === judge && one.order !== 'single' && one.verdict !== null).length
}

function recordedAgreement(pairs: readonly HumanPair[], judge: string): number {
  const verdicts = pairs.flatMap((pair) =>
    pair.judgements.filter((one) => one.judge === judge).map(({ verdict }) => verdict === pair.human_majority),
  )
  return verdicts.filter(Boolean).length / verdicts.length
}

function preferenceFor(winner: Winner, { human_majority: human }: HumanPair): number {
  if (winner === 'tie') return 0.5
  return winner === human ? 1 : 0
}
