import { stringify } from 'yaml'
import { configurationSchema, readConfiguration } from '../config.ts'
import { configurationDifference, type ChangeEffect } from '../configuration-difference.ts'
import { maskedConfiguration } from '../masked-configuration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import type { CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

const EFFECT: Readonly<Record<ChangeEffect, string>> = {
  restart: 'needs a restart of "tidemark serve"',
  baseline: 'takes effect with a new baseline version, which restarts the detector: tidemark baseline freeze --replace',
  reload: 'takes effect at the next reload (SIGHUP) or start',
}

/** Shows the configuration that is in force, with defaults and the environment, and without secrets. */
export async function printConfiguration(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const shown = maskedConfiguration(readConfiguration(options.config))
  terminal.json(shown)
  terminal.line(stringify(shown).trimEnd())
  return EXIT.good
}

/** Says what another file would change, and what each change takes. */
export async function diffConfiguration(file: string, options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const changes = configurationDifference(readConfiguration(options.config), readConfiguration(file))
  terminal.json(changes)
  if (changes.length === 0) terminal.line('Nothing would change.')
  for (const { path, before = 'not set', after = 'not set', effect } of changes)
    terminal.line(`${path}: ${before} → ${after}\n  ${EFFECT[effect]}`)
  return EXIT.good
}

/** The JSON Schema of the configuration, for editors. */
export async function printSchema(): Promise<ExitCode> {
  process.stdout.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`)
  return EXIT.good
}
