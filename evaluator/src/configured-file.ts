import { readFileSync } from 'node:fs'
import { TidemarkError } from './domain/errors.ts'

/**
 * The text of a file that the configuration names, read at this moment.
 * @param what ends the sentence "Cannot read …", with the path
 * @param next what the reader can do
 * @throws {TidemarkError} `config_unreadable`
 */
export function readConfiguredFile(file: string, what: string, next: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new TidemarkError('config_unreadable', `Cannot read ${what}.`, next, { cause })
  }
}

/** What to do about a path in a list of scores. */
export const CORRECT_PATH = 'Correct the path; a relative one is relative to tidemark.yaml.'
