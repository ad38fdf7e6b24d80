import { readdirSync } from 'node:fs'
import { z } from 'zod'
import { readAnyLines, readLines } from '../pools/json-lines.ts'

const call = z.object({
  bfcl_name: z.string(),
  recorded_on: z.string(),
  case_id: z.string(),
  category: z.string(),
  correct: z.boolean(),
  answer_changed: z.boolean(),
})
const pair = z.object({ before: z.string(), after: z.string() })

/** Cases that must be answered without a call are another question: what is won there hides what is lost on calls. */
const WITHOUT_CALL = 'relevance'

/** Two recorded runs of one agent over the same cases: whether each was answered right, before and after. */
export type RecordedPair = {
  readonly name: string
  readonly before: ReadonlyMap<string, boolean>
  readonly after: ReadonlyMap<string, boolean>
  /** Share of right answers lost on the cases of both, in points. */
  readonly lostPoints: number
}

/** The recorded pairs of `data/function-calls` on cases that want a call; cases with a corrected reference answer left out. */
export function recordedPairs(folder: string): RecordedPair[] {
  const files = readdirSync(folder).filter((name) => /^calls-.*\.jsonl(?:\.gz)?$/u.test(name))
  const calls = files.flatMap((file) => readLines(folder, file.replace(/\.gz$/u, ''), call))
  const runs = new Map<string, Map<string, boolean>>()
  for (const { bfcl_name, recorded_on, case_id, category, correct, answer_changed } of calls) {
    if (answer_changed || category === WITHOUT_CALL) continue
    const name = `${bfcl_name}@${recorded_on}`
    const run = runs.get(name) ?? new Map<string, boolean>()
    runs.set(name, run.set(case_id, correct))
  }
  return readAnyLines(folder, 'pairs.jsonl', pair).flatMap(({ before: first, after: second }) => {
    const [before, after] = [runs.get(first), runs.get(second)]
    if (before === undefined || after === undefined) return []
    const shared = [...before.keys()].filter((id) => after.has(id))
    const right = (run: ReadonlyMap<string, boolean>): number => shared.filter((id) => run.get(id) === true).length
    const lostPoints = (100 * (right(before) - right(after))) / shared.length
    return [{ name: `${first} -> ${second}`, before, after, lostPoints }]
  })
}
