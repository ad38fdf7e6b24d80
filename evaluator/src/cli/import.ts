import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { TidemarkError } from '../domain/errors.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

const LINES_PER_NOTE = 20_000

/** Reads records as JSON lines (plain or .gz) into the store. */
export async function importCommand(file: string, options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const result = await withService(options, (service) =>
    service.importRecords(linesOf(file), ({ lines, inserted }) => {
      if (lines % LINES_PER_NOTE === 0) terminal.note(`${lines} lines read, ${inserted} records new`)
    }),
  )
  terminal.json(result)
  const rest = result.lines - result.inserted
  terminal.line(`${result.lines} lines read, ${result.inserted} records new, ${rest} already there or empty.`)
  return EXIT.good
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const source = file === '-' ? process.stdin : createReadStream(file)
  const input = file.endsWith('.gz') ? source.pipe(createGunzip()) : source
  // a stream's error does not end its pipe by itself
  source.on('error', (error: Error) => input.destroy(error))
  try {
    yield* createInterface({ input, crlfDelay: Infinity })
  } catch (cause) {
    throw new TidemarkError(
      'import_invalid',
      `Cannot read ${file}.`,
      'Give a file of JSON lines, plain or .gz, or - for standard input.',
      { cause },
    )
  }
}
