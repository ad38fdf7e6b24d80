import { createHash } from 'node:crypto'
import { Ajv, type Options } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { canonicalJson } from '../scorer-version.ts'
import { compilePattern } from './safe-pattern.ts'

export type CompiledSchema = { readonly hash: string; isValid(value: unknown): boolean }

/** Schemas of this process by the hash of their canonical text: each is compiled once. */
const compiled = new Map<string, CompiledSchema>()

/**
 * Compiles a JSON Schema of draft 2020-12 (taken where `$schema` says nothing) or draft-07.
 * @throws for what is no such schema, naming the keyword
 */
export function compileSchema(schema: Readonly<Record<string, unknown>>): CompiledSchema {
  const hash = createHash('sha256').update(canonicalJson(schema)).digest('hex').slice(0, 16)
  const known = compiled.get(hash)
  if (known !== undefined) return known
  const validate = instanceFor(schema).compile(schema)
  const fresh: CompiledSchema = { hash, isValid: (value) => validate(value) }
  compiled.set(hash, fresh)
  return fresh
}

const OPTIONS: Options = {
  strictSchema: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  // a `pattern` meets outputs as hostile as a regex score does
  code: { regExp: Object.assign((pattern: string) => compilePattern(pattern), { code: 'safePattern' }) },
}

function instanceFor(schema: Readonly<Record<string, unknown>>): Ajv {
  const draft = schema['$schema']
  const ajv = typeof draft === 'string' && draft.includes('draft-07') ? new Ajv(OPTIONS) : new Ajv2020(OPTIONS)
  addFormats.default(ajv)
  // ajv compares every item with every other: an hour for a long list
  ajv.removeKeyword('uniqueItems')
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    validate: (isWanted: boolean, items: readonly unknown[]) => !isWanted || areUnique(items),
  })
  for (const annotation of ['example', 'x-order']) ajv.addKeyword(annotation)
  return ajv
}

function areUnique(items: readonly unknown[]): boolean {
  return new Set(items.map((item) => canonicalJson(item))).size === items.length
}
