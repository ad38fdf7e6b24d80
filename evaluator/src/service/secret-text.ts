import { readConfiguredFile } from '../configured-file.ts'
import type { SecretSettings } from '../publish/publish-settings.ts'

/**
 * The text of a secret, its file read at this moment.
 * @throws {TidemarkError} `config_unreadable`
 */
export function secretText({ file, value }: SecretSettings, what: string): string {
  if (file === undefined) return value ?? ''
  return readConfiguredFile(
    file,
    `${what} from ${file}`,
    'Create the file, or correct its path under publish in the configuration.',
  ).trim()
}
