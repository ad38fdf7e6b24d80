import { TidemarkError } from '../domain/errors.ts'
import { IMPORT_FORMATS, type ImportCount, type ImportFormat } from '../service/import-records.ts'
import { parseCount } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { linesOfFile } from './lines-of-file.ts'
import { createTerminal } from './terminal.ts'

export type ImportCommandOptions = CommonOptions & {
  readonly format?: string
  readonly agent?: string
  readonly fromLine?: string
}

const LINES_PER_NOTE = 20_000

/**
 * Reads records as JSON lines, or an export of Langfuse or Phoenix (plain or .gz), into the store. What is there already
 * is skipped, so an import that ended may be started again, or go on with --from-line.
 */
export async function importCommand(file: string, options: ImportCommandOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const format = options.format === undefined ? {} : { format: requireFormat(options.format) }
  const agent = options.agent === undefined ? {} : { agent: options.agent }
  const from = options.fromLine === undefined ? {} : { from: parseCount(options.fromLine) }
  let stored = 0
  let noted = 0
  const tell = ({ lines, inserted }: ImportCount): void => {
    stored = lines
    if (lines - noted < LINES_PER_NOTE) return
    noted = lines
    terminal.note(`${lines} lines read, ${inserted} records new`)
  }
  try {
    const result = await withService(options, (service) =>
      service.importRecords(
        linesOfFile(file, 'Give a file of JSON lines, plain or .gz, or - for standard input.'),
        tell,
        { ...format, ...agent, ...from },
      ),
    )
    terminal.json(result)
    for (const line of summaryOf(result)) terminal.line(line)
    return EXIT.good
  } catch (error) {
    if (stored > 0) terminal.note(`the first ${stored} lines are stored; --from-line ${stored + 1} goes on behind them`)
    throw error
  }
}

function summaryOf({ lines, inserted, skipped }: ImportCount): string[] {
  if (skipped === undefined)
    return [`${lines} lines read, ${inserted} records new, ${lines - inserted} already there or empty.`]
  const reasons = Object.entries(skipped).map(([reason, count]) => `${count} × ${reason}`)
  const rest = reasons.length === 0 ? 'nothing skipped' : `skipped: ${reasons.join(', ')}`
  return [`${lines} rows read, ${inserted} records new, ${rest}.`]
}

function requireFormat(name: string): ImportFormat {
  const format = IMPORT_FORMATS.find((known) => known === name)
  if (format !== undefined) return format
  throw new TidemarkError(
    'argument_invalid',
    `"${name}" is no format.`,
    `Choose one of ${IMPORT_FORMATS.join(', ')}, or leave --format out.`,
  )
}
