import { readFileSync } from 'node:fs'
import type { Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { openStore, type Store } from '../store/open-store.ts'

/**
 * Opens the store that the configuration names, with the password from its file.
 * @throws {TidemarkError} `config_unreadable`, `store_unavailable`, `store_too_new`
 */
export async function openConfiguredStore(
  { url, passwordFile }: Configuration['store'],
  options: { readonly isPatient?: boolean } = {},
): Promise<Store> {
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile)
  return await openStore(url, { password, ...options })
}

function readPassword(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new TidemarkError(
      'config_unreadable',
      `Cannot read the password of the store from ${file}.`,
      'Create the file, or correct store.passwordFile.',
      { cause },
    )
  }
}
