import { resolve } from 'node:path'
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util'
import { describeError, TidemarkError } from '../src/domain/errors.ts'

/**
 * Runs a script and gives its exit code: what `work` resolves to, 2 for arguments or recordings that are wrong, 1 for
 * everything else. An error goes to standard error, with the next step.
 */
export async function exitCodeOf(work: () => Promise<number>): Promise<number> {
  try {
    return await work()
  } catch (error) {
    const { code, message, next } = describeError(error)
    process.stderr.write(`${code}: ${message}\n${next}\n`)
    return code === 'argument_invalid' || code === 'recorded_data_invalid' ? 2 : 1
  }
}

/** The options given. @throws {TidemarkError} `argument_invalid`, naming the npm script that lists them */
export function optionsGiven<Options extends ParseArgsOptionsConfig>(
  words: readonly string[],
  options: Options,
  script: string,
) {
  try {
    return parseArgs({ args: [...words], options }).values
  } catch (cause) {
    throw new TidemarkError(
      'argument_invalid',
      cause instanceof Error ? cause.message : String(cause),
      `npm run ${script} -- --help lists the options.`,
      { cause },
    )
  }
}

/** @throws {TidemarkError} `argument_invalid` */
export function required(option: string, value: string | undefined, script: string): string {
  if (value !== undefined && value !== '') return value
  throw new TidemarkError(
    'argument_invalid',
    `${option} is missing.`,
    `npm run ${script} -- --help shows how to call it.`,
  )
}

/** npm changes into the package's folder; the paths were written where npm was called. */
export function fromCaller(path: string): string {
  return resolve(process.env['INIT_CWD'] ?? process.cwd(), path)
}
