import type { Configuration } from '../config.ts'
import { readConfiguredFile } from '../configured-file.ts'
import { openStore, type Store } from '../store/open-store.ts'

/**
 * Opens the store that the configuration names, with the password from its file.
 * @throws {TidemarkError} `config_unreadable`, `store_unavailable`, `store_too_new`
 */
export async function openConfiguredStore(
  { url, passwordFile }: Configuration['store'],
  options: { readonly isPatient?: boolean } = {},
): Promise<Store> {
  const password =
    passwordFile === undefined
      ? undefined
      : readConfiguredFile(
          passwordFile,
          `the password of the store from ${passwordFile}`,
          'Create the file, or correct store.passwordFile.',
        ).trim()
  return await openStore(url, { password, ...options })
}
