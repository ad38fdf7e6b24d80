import { readdirSync } from 'node:fs'
import { z } from 'zod'
import { callListContract, writtenCallsContract } from '../../playback/answer-contract.ts'
import { createArgumentCheck, type FunctionOffer } from '../../playback/argument-schema.ts'
import { type Dataset, type MetricDefinition, type Pool, poolOf } from '../pool.ts'
import { invalid, readAnyLines, readLines } from './json-lines.ts'
import { labelledPairs } from './labelled-pairs.ts'

const call = z.object({
  bfcl_name: z.string(),
  recorded_on: z.string(),
  mode: z.enum(['tools', 'tools-any', 'prompt', 'text-tools']),
  case_id: z.string(),
  category: z.string(),
  input: z.object({
    tools: z.array(z.object({ function: z.object({ name: z.string(), parameters: z.unknown() }) })),
  }),
  output: z.string(),
  latency_s: z.number().nullable(),
  output_tokens: z.number().nullable(),
  correct: z.boolean(),
  answer_changed: z.boolean(),
  schema_verdict: z.string(),
})
type Call = z.infer<typeof call>

const pair = z.object({ before: z.string(), after: z.string(), quality: z.string() })

/** Cases that must be answered without a call. */
const WITHOUT_CALL = 'relevance'

const METRICS: readonly MetricDefinition[] = [
  { name: 'valid', kind: 'binary', direction: 'higher-better', isQuality: true, categories: 0 },
  { name: 'correct', kind: 'binary', direction: 'higher-better', isQuality: true, categories: 0 },
  // both directions page here: the benchmark asks whether a change is found, not whether it is welcome
  { name: 'latency', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
  { name: 'output_tokens', kind: 'score', direction: 'none', isQuality: false, categories: 0 },
]

/**
 * Function calls with the verdict of their benchmark; the stratum is the category of the question.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readFunctionCalls(folder: string): Dataset {
  const files = readdirSync(folder)
    .filter((name) => /^calls-.*\.jsonl(?:\.gz)?$/u.test(name))
    .sort()
  if (files.length === 0) throw invalid(`${folder} holds no file calls-*.jsonl or calls-*.jsonl.gz.`)
  const calls = files.flatMap((file) => readLines(folder, file.replace(/\.gz$/u, ''), call))
  const categories = [...new Set(calls.map(({ category }) => category))].sort()
  const isValid = validity()
  const byRun = Map.groupBy(calls, (one) => `${one.bfcl_name}@${one.recorded_on}`)
  const pools = (name: string, items: readonly Call[]): Pool =>
    poolOf(
      name,
      categories.length,
      METRICS,
      items.map((item) => ({
        stratum: categories.indexOf(item.category),
        input: item.case_id,
        values: [
          isValid(item) ? 1 : 0,
          item.correct ? 1 : 0,
          logOfPositive(item.latency_s),
          logOfPositive(item.output_tokens),
        ],
      })),
    )
  // where the accepted answer was corrected between two runs, their verdicts cannot be compared
  const comparable = new Map(
    [...byRun].map(([name, items]) => [
      name,
      pools(
        name,
        items.filter((item) => !item.answer_changed),
      ),
    ]),
  )
  return {
    name: 'function-calls',
    runs: [...byRun].map(([name, items]) => pools(name, items)),
    pairs: labelledPairs(readAnyLines(folder, 'pairs.jsonl', pair), (run) => comparable.get(run)),
  }
}

/** An answer is valid when it can be used: calls that exist and fit, or no call where none is due. */
function validity(): (item: Call) => boolean {
  const check = createArgumentCheck()
  const offers = new Map<string, readonly FunctionOffer[]>()
  return (item) => {
    if (item.category === WITHOUT_CALL) return true
    if (item.mode === 'tools' || item.mode === 'tools-any') return item.schema_verdict === 'valid'
    // the names of functions differ between modes, so a case has one list of functions a mode
    const key = `${item.mode}/${item.case_id}`
    const known = offers.get(key) ?? item.input.tools.map((tool) => tool.function)
    offers.set(key, known)
    const contract = item.mode === 'prompt' ? callListContract(known, check) : writtenCallsContract(known, check)
    const result = contract['~standard'].validate(item.output)
    return !(result instanceof Promise) && result.issues === undefined
  }
}

/** The recordings write 0 for "not measured". */
function logOfPositive(value: number | null): number | null {
  return value === null || value <= 0 ? null : Math.log(value)
}
