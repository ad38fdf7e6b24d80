import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

export interface Packed extends Disposable {
  /** Path of the tarball that would be published. */
  readonly tarball: string
  /** An empty folder beside it. */
  readonly folder: string
}

/** Packs the package as `npm publish` would, into a temporary folder. */
export function pack(): Packed {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-packed-'))
  execFileSync('npm', ['pack', '--pack-destination', folder, '--loglevel=error'], { cwd: PACKAGE, stdio: 'pipe' })
  const name = readdirSync(folder).find((file) => file.endsWith('.tgz'))
  if (name === undefined) throw new Error(`npm pack left no tarball in ${folder}`)
  return {
    tarball: join(folder, name),
    folder,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}
