import { z } from 'zod'
import { CORRECT_PATH, readConfiguredFile } from '../../configured-file.ts'
import { TidemarkError } from '../../domain/errors.ts'
import { passed, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { compileSchema, type CompiledSchema } from './compiled-schema.ts'
import { jsonOf, jsonSource } from './output-source.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

/** Whether the output is JSON that fits a JSON Schema. Output that is no JSON fails it. */
export const schemaSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('schema'),
  file: z.string().min(1).optional(),
  schema: z.record(z.string(), z.unknown()).optional(),
  ...jsonSource,
})
export type SchemaSettings = z.infer<typeof schemaSettings>

/** @throws {TidemarkError} `config_invalid`, `config_unreadable` */
export function schemaScorer(settings: SchemaSettings): Scorer {
  const schema = compiledFrom(settings)
  const { tool, fences } = settings
  return {
    ...binaryScore(settings, scorerVersion('schema 1', { schema: schema.hash, tool, fences })),
    score(record) {
      const read = jsonOf(record, settings)
      return 'outcome' in read ? read.outcome : passed(read.json !== undefined && schema.isValid(read.json))
    },
  }
}

function compiledFrom({ name, file, schema }: SchemaSettings): CompiledSchema {
  if ((file === undefined) === (schema === undefined))
    throw new TidemarkError('config_invalid', `The score ${name} has no schema, or two.`, 'Give either file or schema.')
  try {
    return compileSchema(schema ?? readSchema(name, file ?? ''))
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause
    throw new TidemarkError(
      'config_invalid',
      `The schema of the score ${name} cannot be compiled: ${cause instanceof Error ? cause.message : String(cause)}.`,
      'Correct the keyword that is named; JSON Schema 2020-12 and draft-07 are understood, patterns in RE2 syntax.',
      { cause },
    )
  }
}

function readSchema(name: string, file: string): Record<string, unknown> {
  const text = readConfiguredFile(file, `the schema ${file} of the score ${name}`, CORRECT_PATH)
  return z.record(z.string(), z.unknown()).parse(JSON.parse(text))
}
