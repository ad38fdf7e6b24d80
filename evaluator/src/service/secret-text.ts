import { readFileSync } from 'node:fs'
import { TidemarkError } from '../domain/errors.ts'
import type { SecretSettings } from '../publish/publish-settings.ts'

/**
 * The text of a secret, its file read at this moment.
 * @throws {TidemarkError} `config_unreadable`
 */
export function secretText({ file, value }: SecretSettings, what: string): string {
  if (file === undefined) return value ?? ''
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (cause) {
    throw new TidemarkError(
      'config_unreadable',
      `Cannot read ${what} from ${file}.`,
      'Create the file, or correct its path under publish in the configuration.',
      { cause },
    )
  }
}
