import { isObject, type JsonObject } from '../json-object.ts'
import { isLangfuse, langfuseRow, type ExportedRow } from './langfuse-rows.ts'
import { isPhoenix, phoenixRow } from './phoenix-rows.ts'

export const IMPORT_FORMATS = ['tidemark', 'langfuse', 'phoenix'] as const
/** Whose lines are read. */
export type ImportFormat = (typeof IMPORT_FORMATS)[number]

export const EXPORT_ROWS: Readonly<Record<'langfuse' | 'phoenix', (row: JsonObject, agent: string) => ExportedRow>> = {
  langfuse: langfuseRow,
  phoenix: phoenixRow,
}

const RECORD_TYPES: ReadonlySet<unknown> = new Set(['call', 'validation', 'decision'])

/** What the first object of a file is, or undefined where it is nothing that is known. */
export function formatOf(value: unknown): ImportFormat | undefined {
  if (!isObject(value)) return undefined
  if (RECORD_TYPES.has(value['type'])) return 'tidemark'
  if (isPhoenix(value)) return 'phoenix'
  return isLangfuse(value) ? 'langfuse' : undefined
}
