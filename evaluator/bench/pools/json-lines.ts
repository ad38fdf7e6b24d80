import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { z } from 'zod'
import { TidemarkError } from '../../src/domain/errors.ts'

/** The file, or its gzipped form; undefined where neither exists. */
export function findLines(folder: string, file: string): string | undefined {
  return [file, `${file}.gz`].find((name) => existsSync(join(folder, name)))
}

/**
 * Lines of a JSON-lines file, plain or gzipped; at least one.
 * @throws {TidemarkError} `recorded_data_invalid` with file and line
 */
export function readLines<Line>(folder: string, file: string, schema: z.ZodType<Line>): Line[] {
  const lines = readAnyLines(folder, file, schema)
  if (lines.length === 0) throw invalid(`${join(folder, findLines(folder, file) ?? file)} is empty.`)
  return lines
}

/**
 * The same for a file that may hold nothing, such as a list of pairs.
 * @throws {TidemarkError} `recorded_data_invalid` with file and line
 */
export function readAnyLines<Line>(folder: string, file: string, schema: z.ZodType<Line>): Line[] {
  const found = findLines(folder, file)
  if (found === undefined) throw invalid(`${join(folder, file)} is missing.`)
  const path = join(folder, found)
  return textOf(path)
    .split('\n')
    .flatMap((line, index) => {
      if (line.trim() === '') return []
      const place = `${path} line ${index + 1}`
      const result = schema.safeParse(parsed(line, place))
      if (result.success) return [result.data]
      const issue = result.error.issues[0]
      throw invalid(`${place}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not readable'}.`)
    })
}

function textOf(path: string): string {
  try {
    const bytes = readFileSync(path)
    return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw invalid(`${path} cannot be read (${cause instanceof Error ? cause.message : String(cause)}).`)
  }
}

function parsed(line: string, place: string): unknown {
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw invalid(`${place}: no valid JSON (${cause instanceof Error ? cause.message : String(cause)}).`)
  }
}

/** An error of the recordings, with what to do next. */
export function invalid(message: string): TidemarkError {
  return new TidemarkError(
    'recorded_data_invalid',
    message,
    'Give a folder of recordings with --data; the README of each dataset names the files and their fields.',
  )
}
