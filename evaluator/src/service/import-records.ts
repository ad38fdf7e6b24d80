import { TidemarkError } from '../domain/errors.ts'
import type { Ingest } from './ingest.ts'
import { batchOfLines, readRecordLine, type RecordLine } from '../ingest/record-lines.ts'

const LINES_PER_BATCH = 1000

export type ImportCount = { readonly lines: number; readonly inserted: number }

/**
 * Stores records that come as JSON lines, a batch at a time. A wrong line ends the import; what came before it is stored.
 * @throws {TidemarkError} `import_invalid`
 */
export async function importRecords(
  lines: AsyncIterable<string>,
  ingest: Pick<Ingest, 'records' | 'refusalOf'>,
  tell: (count: ImportCount) => void,
): Promise<ImportCount> {
  let read = 0
  let inserted = 0
  let batch: RecordLine[] = []
  const store = async (): Promise<void> => {
    if (batch.length === 0) return
    for (const rows of (await ingest.records(batchOfLines(batch))).values()) inserted += rows
    batch = []
    tell({ lines: read, inserted })
  }
  try {
    for await (const json of lines) {
      read += 1
      if (json.trim() === '') continue
      const record = readRecordLine(json, read)
      requireAccepted(record, read, ingest)
      batch.push(record)
      if (batch.length === LINES_PER_BATCH) await store()
    }
  } finally {
    await store()
  }
  return { lines: read, inserted }
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
