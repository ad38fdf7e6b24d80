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
  insert: (batch: TelemetryBatch) => Promise<number>,
  tell: (count: ImportCount) => void,
): Promise<ImportCount> {
  let count: ImportCount = { lines: 0, inserted: 0 }
  let batch: RecordLine[] = []
  const store = async (): Promise<void> => {
    if (batch.length === 0) return
    const inserted = await insert(batchOfLines(batch))
    count = { ...count, inserted: count.inserted + inserted }
    batch = []
    tell(count)
  }
  try {
    for await (const json of lines) {
      count = { ...count, lines: count.lines + 1 }
      if (json.trim() === '') continue
      batch.push(readRecordLine(json, count.lines))
      if (batch.length === LINES_PER_BATCH) await store()
    }
  } finally {
    await store()
  }
  return count
}
