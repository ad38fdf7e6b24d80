import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { readConfiguration } from '../config.ts'
import { maskedStoreUrl } from '../domain/store-url.ts'
import { withStoreCare, type ExportSummary } from '../service/store-care.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import type { CommonOptions } from './open-service.ts'
import { linesOfFile } from './lines-of-file.ts'
import { createTerminal, table } from './terminal.ts'

const ROWS_PER_NOTE = 50_000

/** Looks for damage and contradictions in the store; exit code 1 when there are any. */
export async function checkStoreCommand(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { store } = readConfiguration(options.config)
  const { counts, problems } = await withStoreCare(store, (care) => care.check())
  terminal.json({ url: maskedStoreUrl(store.url), counts, problems })
  terminal.line(table([['table', 'rows'], ...Object.entries(counts).map(([name, rows]) => [name, String(rows)])]))
  for (const problem of problems) terminal.line(`problem: ${problem}`)
  if (problems.length === 0) {
    terminal.line(`${maskedStoreUrl(store.url)}: no damage found.`)
    return EXIT.good
  }
  terminal.note('next: stop the evaluator, copy the database, and restore it from the newest backup that checks clean.')
  return EXIT.error
}

/** Gives back the space of what was deleted. */
export async function vacuumStoreCommand(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { store } = readConfiguration(options.config)
  const sizes = await withStoreCare(store, (care) => care.vacuum())
  terminal.json(sizes)
  terminal.line(`${sizes.before} bytes before, ${sizes.after} after.`)
  return EXIT.good
}

/** Writes the whole store as JSON lines, to a file (.gz: compressed) or to standard output. */
export async function exportStoreCommand(options: CommonOptions & { readonly out?: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { store } = readConfiguration(options.config)
  const target = options.out === undefined ? process.stdout : openTarget(options.out)
  const summary = await withStoreCare(store, (care) =>
    care.export(async (line) => {
      if (!target.write(`${line}\n`)) await once(target, 'drain')
    }),
  )
  if (options.out === undefined) {
    // standard output is the export itself
    terminal.note(sentence(summary, 'exported'))
    return EXIT.good
  }
  target.end()
  await finished(target)
  terminal.json({ file: options.out, ...summary })
  terminal.line(sentence(summary, 'exported'))
  return EXIT.good
}

/** Fills an empty store from an export of either engine. */
export async function importStoreCommand(file: string, options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { store } = readConfiguration(options.config)
  let noted = 0
  const summary = await withStoreCare(store, (care) =>
    care.import(
      linesOfFile(file, 'Give a file that "tidemark store export" wrote, plain or .gz, or - for standard input.'),
      (rows) => {
        if (rows - noted < ROWS_PER_NOTE) return
        noted = rows
        terminal.note(`${rows} rows read`)
      },
    ),
  )
  terminal.json(summary)
  terminal.line(`${sentence(summary, 'imported')} The store holds the same, by count and hash.`)
  return EXIT.good
}

function openTarget(file: string): Writable {
  const target = createWriteStream(file)
  if (!file.endsWith('.gz')) return target
  const zipped = createGzip()
  zipped.pipe(target)
  return zipped
}

function sentence({ counts, sha256 }: ExportSummary, what: string): string {
  const rows = Object.values(counts).reduce((sum, count) => sum + count, 0)
  return `${rows} rows ${what}, hash ${sha256}.`
}
