import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '../../src/store/open-store.ts'

/** An empty store on SQLite, whatever engine is under test: where a move between engines starts or ends. */
export async function openSqliteStore(): Promise<Store & { remove(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-move-'))
  const store = await openStore(`sqlite:${join(folder, 'moved.db')}`)
  return {
    ...store,
    async remove() {
      await store.close()
      rmSync(folder, { recursive: true })
    },
  }
}
