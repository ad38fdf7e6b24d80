import { describeError } from '../domain/errors.ts'

/** Where a command speaks: results on standard output, everything else on standard error. */
export type Terminal = {
  readonly isJson: boolean
  /** A result for people; with --json nothing. */
  line(text: string): void
  /** A result for programs; without --json nothing. */
  json(value: unknown): void
  note(text: string): void
}

export function createTerminal(isJson: boolean): Terminal {
  return {
    isJson,
    line: (text) => {
      if (!isJson) process.stdout.write(`${text}\n`)
    },
    json: (value) => {
      if (isJson) process.stdout.write(`${JSON.stringify(value, null, 2)}\n`)
    },
    note: (text) => {
      process.stderr.write(`${text}\n`)
    },
  }
}

/** An error as the terminal shows it: code, what happened, what to do. */
export function errorText(error: unknown): string {
  const { code, message, next } = describeError(error)
  return `error ${code}: ${message}\n  next: ${next}`
}

/** A table with columns as wide as their widest cell. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
