import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The recordings beside the checkout. They are not part of it: their licence forbids passing them on. */
export const RECORDED_CALLS = fileURLToPath(new URL('../../../../shared/data/function-calls', import.meta.url))

export const hasRecordedCalls = existsSync(RECORDED_CALLS)

if (!hasRecordedCalls) {
  const message = `Recorded outputs are not at ${RECORDED_CALLS}: the playback of real recordings is skipped.`
  if (process.env['TIDEMARK_REQUIRE_ALL'] !== undefined) throw new Error(message)
  console.warn(message)
}
