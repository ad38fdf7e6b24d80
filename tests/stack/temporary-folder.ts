import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A new folder `tidemark-<name>-…` of the system's temporary folder. */
export function temporaryFolder(name: string): string {
  return mkdtempSync(join(tmpdir(), `tidemark-${name}-`))
}

export function removeFolder(path: string): void {
  rmSync(path, { recursive: true, force: true })
}
