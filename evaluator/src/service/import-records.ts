import type { TelemetryBatch } from '../domain/records.ts'
import { batchOfLines, readRecordLine, type RecordLine } from '../ingest/record-lines.ts'

const LINES_PER_BATCH = 1000

export type ImportCount = { readonly lines: number; readonly inserted: number }

/**
 * Stores records that come as JSON lines, a batch at a time. A wrong line ends the import; what came before it is stored.
 * @throws {TidemarkError} `import_invalid`
 */
export async function importRecords(
  lines: AsyncIterable<string>,
  insert: (batch: TelemetryBatch) => Promise<ReadonlyMap<string, number>>,
  tell: (count: ImportCount) => void,
): Promise<ImportCount> {
  let read = 0
  let inserted = 0
  let batch: RecordLine[] = []
  const store = async (): Promise<void> => {
    if (batch.length === 0) return
    for (const rows of (await insert(batchOfLines(batch))).values()) inserted += rows
    batch = []
    tell({ lines: read, inserted })
  }
  try {
    for await (const json of lines) {
      read += 1
      if (json.trim() === '') continue
      batch.push(readRecordLine(json, read))
      if (batch.length === LINES_PER_BATCH) await store()
    }
  } finally {
    await store()
  }
  return { lines: read, inserted }
}
