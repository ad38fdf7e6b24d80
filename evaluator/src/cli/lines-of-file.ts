import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { TidemarkError } from '../domain/errors.ts'

/**
 * The lines of a file, plain or .gz, or of standard input where it is called `-`.
 * @param next what to give instead, where it cannot be read
 * @throws {TidemarkError} `import_invalid`
 */
export async function* linesOfFile(file: string, next: string): AsyncGenerator<string> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  const input = file.endsWith('.gz') ? source.pipe(createGunzip()) : source
  // a stream's error does not end its pipe by itself
  source.on('error', (error: Error) => input.destroy(error))
  try {
    yield* createInterface({ input, crlfDelay: Infinity })
  } catch (cause) {
    throw new TidemarkError('import_invalid', `Cannot read ${file}.`, next, { cause })
  }
}
