import { openStore, type Store } from '../../src/store/open-store.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'

export type TestStore = Store & { readonly database: TestDatabase; remove(): Promise<void> }

/** A store of its own on the engine under test. */
export async function openTestStore(): Promise<TestStore> {
  const database = testDatabase()
  await database.create()
  const store = await openStore(database.url)
  return {
    ...store,
    database,
    async remove() {
      await store.close()
      await database.remove()
    },
  }
}
