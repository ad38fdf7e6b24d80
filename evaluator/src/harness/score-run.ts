import { scoreRecords, type ScoreRecord } from '../scoring/score-record.ts'
import type { Scorer } from '../scoring/scorer.ts'
import { askedRecord } from './asked-call.ts'
import type { Example } from './example.ts'
import type { Result, SetName } from './journal.ts'

/** One answer, or failure, with its scores; a failure has none. */
export type ScoredResult = {
  readonly set: SetName
  readonly example: Example
  readonly result: Result
  readonly scores: readonly ScoreRecord[]
}

/** Scores what was answered through the one function that scores production (`scoreRecord`). */
export async function scoreRun(
  agent: string,
  results: readonly Result[],
  sets: Readonly<Partial<Record<SetName, readonly Example[]>>>,
  { scorers, signal }: { readonly scorers: readonly Scorer[]; readonly signal: AbortSignal },
): Promise<ScoredResult[]> {
  const byId = {
    real: new Map((sets.real ?? []).map((example) => [example.id, example])),
    demo: new Map((sets.demo ?? []).map((example) => [example.id, example])),
  }
  const known = results.flatMap((result) => {
    const example = byId[result.set].get(result.example)
    return example === undefined ? [] : [{ set: result.set, example, result }]
  })
  const answered = known.filter(({ result }) => result.outcome.kind === 'answer')
  const scores = await scoreRecords(
    answered.map(({ example, result }) => askedRecord(agent, example, result)),
    scorers,
    { signal },
  )
  const byKey = new Map(answered.map(({ result }, i) => [result.key, scores[i] ?? []]))
  return known.map((one) => ({ ...one, scores: byKey.get(one.result.key) ?? [] }))
}
