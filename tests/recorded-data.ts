import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Recordings of real models lie beside the repository, never in it. */
const FOLDER = fileURLToPath(new URL('../../shared/data', import.meta.url))

/**
 * Path of a folder of recordings, or undefined with one line where they are missing.
 * @throws {Error} where everything is required
 */
export function recordedData(name: string): string | undefined {
  const folder = `${FOLDER}/${name}`
  if (existsSync(folder)) return folder
  const missing = `recorded data ${name} is not beside the repository (../shared/data/${name})`
  if (process.env['TIDEMARK_REQUIRE_ALL'] === '1') throw new Error(`${missing}, and everything is required`)
  console.log(`skipped: ${missing}`)
  return undefined
}
