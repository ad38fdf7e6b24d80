import { createHash } from 'node:crypto'

/**
 * Version of a scorer: first 12 hex digits of the SHA-256 of its code version, its settings and the files it reads. Raise
 * `code` whenever the same settings give other values; name, direction and detector do not belong into `settings`, since
 * they change no value.
 */
export function scorerVersion(code: string, settings: unknown, files: readonly string[] = []): string {
  const hash = createHash('sha256')
  hash.update(canonicalJson({ code, settings }))
  for (const text of files) hash.update(`\0${createHash('sha256').update(text).digest('hex')}`)
  return hash.digest('hex').slice(0, 12)
}

/** JSON with sorted keys, so that equal settings written in another order are the same. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}
