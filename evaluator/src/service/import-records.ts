import { TidemarkError } from '../domain/errors.ts'
import { formatOf, type ImportFormat } from '../ingest/exports/export-format.ts'
import { elementReader } from '../ingest/exports/json-elements.ts'
import { batchOfLines, readRecordLine, type RecordLine } from '../ingest/record-lines.ts'
import { importExport } from './import-exports.ts'
import type { Ingest } from './ingest.ts'

export { IMPORT_FORMATS, type ImportFormat } from '../ingest/exports/export-format.ts'

const LINES_PER_BATCH = 1000
/** The format shows in the first object; an object that begins a file and is longer than this says nothing. */
const MAXIMUM_LOOK = 64 * 1024 * 1024

/** `skipped`: rows of another tool's export that are no calls (`no_call`) or were refused, by reason. */
export type ImportCount = {
  readonly lines: number
  readonly inserted: number
  readonly skipped?: Readonly<Record<string, number>>
}

export type ImportOptions = {
  /** Whose lines these are; without it the first one tells. */
  readonly format?: ImportFormat
  /** The agent of the calls; other tools' exports do not name it. */
  readonly agent?: string
  /** Lines (of exports: rows) before this one are passed over, to go on where an import ended. */
  readonly from?: number
}

/**
 * Stores records that come as JSON lines, or what another tool has exported, a batch at a time. A wrong line ends the
 * import; what came before it is stored, and what is stored already is skipped.
 * @throws {TidemarkError} `import_invalid`
 */
export async function importRecords(
  lines: AsyncIterable<string>,
  ingest: Pick<Ingest, 'records' | 'refusalOf' | 'exported'>,
  tell: (count: ImportCount) => void,
  { format, agent, from = 1 }: ImportOptions = {},
): Promise<ImportCount> {
  const seen = format === undefined ? await looked(lines) : { format, lines }
  if (seen.format === 'tidemark') return await importLines(seen.lines, ingest, tell, from)
  if (agent === undefined)
    throw new TidemarkError(
      'import_invalid',
      `An export of ${seen.format} names no agent.`,
      'Say with --agent NAME whose calls these are.',
    )
  const refusal = ingest.refusalOf(agent, Number.NaN)
  if (refusal !== undefined)
    throw new TidemarkError('import_invalid', `The calls are not accepted: ${refusal}.`, 'Correct the configuration.')
  return await importExport(seen.lines, ingest, { format: seen.format, agent, from, tell })
}

async function importLines(
  lines: AsyncIterable<string>,
  ingest: Pick<Ingest, 'records' | 'refusalOf'>,
  tell: (count: ImportCount) => void,
  from: number,
): Promise<ImportCount> {
  let read = 0
  // the last line that is good: the one that ends an import is read, and not stored
  let good = 0
  let inserted = 0
  let batch: RecordLine[] = []
  const store = async (): Promise<void> => {
    if (batch.length === 0) return
    for (const rows of (await ingest.records(batchOfLines(batch))).values()) inserted += rows
    batch = []
    tell({ lines: good, inserted })
  }
  try {
    for await (const json of lines) {
      read += 1
      if (read < from || json.trim() === '') continue
      const record = readRecordLine(json, read)
      requireAccepted(record, read, ingest)
      batch.push(record)
      good = read
      if (batch.length === LINES_PER_BATCH) await store()
    }
  } finally {
    await store()
  }
  return { lines: read, inserted }
}

/** Reads on until the first object is complete, and gives the lines back with the format that it shows. */
async function looked(lines: AsyncIterable<string>): Promise<{ format: ImportFormat; lines: AsyncIterable<string> }> {
  const reader = elementReader()
  const source = lines[Symbol.asyncIterator]()
  const passed: string[] = []
  let format: ImportFormat | undefined
  while (format === undefined && reader.rest().length < MAXIMUM_LOOK) {
    const next = await source.next()
    if (next.done === true) break
    passed.push(next.value)
    const text = next.value.trim()
    if (text === '') continue
    const [first] = reader.feed(`${next.value}\n`)
    if (first !== undefined) format = formatOf(parsed(first)) ?? 'tidemark'
    // a CSV file begins with its names
    else if (reader.rest() === '' && !text.startsWith('[')) format = isLangfuseHeader(text) ? 'langfuse' : 'tidemark'
  }
  async function* all(): AsyncGenerator<string> {
    yield* passed
    for (;;) {
      const next = await source.next()
      if (next.done === true) return
      yield next.value
    }
  }
  return { format: format ?? 'tidemark', lines: all() }
}

function isLangfuseHeader(line: string): boolean {
  return /(?:^|,)"?(?:traceId|trace_id)"?(?:,|$)/u.test(line)
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

function requireAccepted(record: RecordLine, line: number, ingest: Pick<Ingest, 'refusalOf'>): void {
  const refusal = ingest.refusalOf(record.agent, record.type === 'call' ? record.startedAt : record.at)
  if (refusal === undefined) return
  throw new TidemarkError(
    'import_invalid',
    `Line ${line} is not accepted: ${refusal}.`,
    'Correct the file, or the configuration, and import again; lines that are stored already are skipped.',
  )
}
