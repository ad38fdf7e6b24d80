import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { TidemarkError } from '../../src/domain/errors.ts'
import { findLines, readLines } from '../pools/json-lines.ts'

const winner = z.enum(['a', 'b', 'tie'])
export type Winner = z.infer<typeof winner>

const judgement = z.object({
  judge: z.string(),
  prompt: z.string(),
  order: z.enum(['original', 'swapped', 'both', 'single']),
  /** Always in terms of the original a and b, whatever the order shown; null could not be read. */
  verdict: winner.nullable(),
  raw: z.string().optional(),
  raw_a: z.string().optional(),
  raw_b: z.string().optional(),
})
export type RecordedJudgement = z.infer<typeof judgement>

/** An answer such as `True` was recorded as the JSON value it looks like. */
const text = z.union([z.string(), z.boolean(), z.number()]).transform(String)
const output = z.object({ turns: z.array(text).nullable() })
const pair = z.object({
  id: z.string(),
  dataset: z.string(),
  category: z.string(),
  input: z.object({ messages: z.array(z.object({ content: text })) }),
  outputs: z.object({ a: output, b: output }),
  human_majority: winner.nullable(),
  judgements: z.array(judgement),
})
export type HumanPair = z.infer<typeof pair>

/** A row of the README's table of agreement; `expected` is its "agree %", null where it says none. */
export type ExpectedRow = {
  readonly dataset: string
  readonly subset: string
  readonly judge: string
  readonly prompt: string
  readonly expected: number | null
}

const FOLDER = 'human-vs-judge'
const FILE = 'pairs.jsonl'

/** The folder of the pairs: the one given, or the one in it that has their name. Undefined where neither has them. */
export function findHumanPairs(folder: string): string | undefined {
  return [folder, join(folder, FOLDER)].find((one) => findLines(one, FILE) !== undefined)
}

/** @throws {TidemarkError} `recorded_data_invalid` */
export function readHumanPairs(folder: string): HumanPair[] {
  return readLines(folder, FILE, pair)
}

/**
 * The table of agreement in the folder's README, found by its columns.
 * @throws {TidemarkError} `recorded_data_invalid`
 */
export function readExpectedAgreement(folder: string): ExpectedRow[] {
  const file = join(folder, 'README.md')
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').map(cellsOf) : []
  const head = lines.findIndex((cells) => COLUMNS.every((column) => cells.includes(column)))
  if (head === -1)
    throw new TidemarkError(
      'recorded_data_invalid',
      `${file} has no table with the columns ${COLUMNS.join(', ')}.`,
      'Give a folder with the README that belongs to its recordings.',
    )
  const places = COLUMNS.map((column) => lines[head]?.indexOf(column) ?? -1)
  const rows = lines.slice(head + 2)
  const end = rows.findIndex((cells) => cells.length === 0)
  return rows.slice(0, end === -1 ? undefined : end).map((cells) => {
    const [dataset = '', subset = '', judge = '', prompt = '', percent = ''] = places.map((place) => cells[place] ?? '')
    return { dataset, subset, judge, prompt, expected: numberIn(percent) }
  })
}

/**
 * The pairs of a row of the table: all of its dataset, those of the category that its subset names, or (`adversarial`) those
 * whose category no subset of the dataset names.
 */
export function pairsOfRow(
  pairs: readonly HumanPair[],
  { dataset, subset }: Pick<ExpectedRow, 'dataset' | 'subset'>,
  table: readonly ExpectedRow[],
): HumanPair[] {
  const own = pairs.filter((one) => one.dataset === dataset)
  if (subset === 'all') return own
  const ofCategory = own.filter(({ category }) => category === subset)
  if (ofCategory.length > 0) return ofCategory
  const named = new Set(table.filter((row) => row.dataset === dataset).map((row) => row.subset))
  return own.filter(({ category }) => !named.has(category))
}

const COLUMNS = ['dataset', 'subset', 'judge', 'prompt', 'agree %']

function cellsOf(line: string): string[] {
  if (!line.startsWith('|')) return []
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim())
}

function numberIn(cell: string): number | null {
  const value = cell === '' ? Number.NaN : Number(cell)
  return Number.isFinite(value) ? value : null
}
