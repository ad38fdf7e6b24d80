import { TidemarkError } from '../domain/errors.ts'
import type { ExternalScore } from '../domain/signals.ts'
import type { DecodedSpan } from '../ingest/decoded-traces.ts'
import { csvReader } from '../ingest/exports/csv-rows.ts'
import { EXPORT_ROWS } from '../ingest/exports/export-format.ts'
import { elementReader } from '../ingest/exports/json-elements.ts'
import { isObject, type JsonObject } from '../ingest/json-object.ts'
import type { ImportCount } from './import-records.ts'
import type { Ingest } from './ingest.ts'

const SPANS_PER_BATCH = 1000
/** One object of a file; beyond it the file is taken for something else. */
const MAXIMUM_ELEMENT = 256 * 1024 * 1024

/**
 * Stores what another tool has exported: JSON lines, one JSON array, pages of its API, or (Langfuse) CSV. What is no call is
 * skipped, what is refused is counted with its reason; ids stay the same, so that the same file may be read again.
 * @param lines of the file, without their ends
 * @throws {TidemarkError} `import_invalid` for text that is not what the format says
 */
export async function importExport(
  lines: AsyncIterable<string>,
  ingest: Pick<Ingest, 'exported'>,
  {
    format,
    agent,
    from,
    tell,
  }: {
    readonly format: keyof typeof EXPORT_ROWS
    readonly agent: string
    /** Rows before this one, counted from 1, are passed over. */
    readonly from: number
    readonly tell: (count: ImportCount) => void
  },
): Promise<ImportCount> {
  let read = 0
  let inserted = 0
  let spans: DecodedSpan[] = []
  let scores: ExternalScore[] = []
  const skipped: Record<string, number> = {}
  const skip = (reason: string, count: number): void => {
    if (count > 0) skipped[reason] = (skipped[reason] ?? 0) + count
  }
  const store = async (): Promise<void> => {
    if (spans.length === 0 && scores.length === 0) return
    const result = await ingest.exported(agent, spans, scores)
    inserted += result.inserted
    skip('no_call', result.ignored)
    for (const { reason } of result.rejections) skip(reason, 1)
    spans = []
    scores = []
    tell({ lines: read, inserted, skipped })
  }
  for await (const row of rowsOf(lines)) {
    read += 1
    if (read < from) continue
    const found = EXPORT_ROWS[format](row, agent)
    if (found.spans.length === 0 && found.scores.length === 0) skip('no_call', 1)
    for (const span of found.spans) spans.push(span)
    for (const score of found.scores) scores.push(score)
    if (spans.length + scores.length >= SPANS_PER_BATCH) await store()
  }
  await store()
  if (read === 0)
    throw new TidemarkError(
      'import_invalid',
      `The file holds no row of ${format}.`,
      'Export traces or observations as JSON, JSON lines or CSV, or give another --format.',
    )
  return { lines: read, inserted, skipped }
}

/** The objects of a file, whatever they stand in. */
export async function* rowsOf(lines: AsyncIterable<string>): AsyncGenerator<JsonObject> {
  const elements = elementReader()
  const csv = csvReader()
  let isCsv: boolean | null = null
  let number = 0
  for await (const line of lines) {
    number += 1
    isCsv ??= line.trim() === '' ? null : !/^\s*\uFEFF?\s*[[{]/u.test(line)
    if (isCsv === true) yield* csv.feed(`${line}\n`)
    else for (const json of elements.feed(`${line}\n`)) yield parseRow(json, number)
    if (elements.rest().length > MAXIMUM_ELEMENT)
      throw invalid(number, `an object is longer than ${MAXIMUM_ELEMENT} characters`)
  }
  yield* csv.end()
  if (elements.rest() !== '') throw invalid(number, 'the file ends inside an object')
}

function parseRow(json: string, line: number): JsonObject {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw invalid(line, cause instanceof Error ? cause.message : 'no JSON')
  }
  if (isObject(value)) return value
  throw invalid(line, 'no object')
}

function invalid(line: number, what: string): TidemarkError {
  return new TidemarkError(
    'import_invalid',
    `Line ${line} cannot be read: ${what}.`,
    'Export the file anew and import it; what is stored already is skipped.',
  )
}
