import { z } from 'zod'
import { isStandardSchema, type StandardSchema } from './standard-schema.ts'
import type { HashText } from './text-hash.ts'
import { fieldOf, recordOf, textOf } from './untyped.ts'
import type { ToolSchemas } from './validation.ts'

/** What telemetry says of a schema: a name for people, a hash that changes when the contract does. */
export interface SchemaIdentity {
  readonly name: string
  /** `undefined` for schemas that cannot be written as JSON Schema. */
  readonly hash: string | undefined
  /** Names of properties and tools that the schema itself has written down; every other key of an answer is the model's. */
  readonly declaredNames: ReadonlySet<string>
}

/** By schema, and by hash: agents of one process may have keys of their own. */
const known = new WeakMap<object, WeakMap<HashText, SchemaIdentity>>()

/** Computed once for each schema object and key. */
export function schemaIdentity(schema: StandardSchema | ToolSchemas, hash: HashText): SchemaIdentity {
  const ofSchema = known.get(schema) ?? new WeakMap<HashText, SchemaIdentity>()
  known.set(schema, ofSchema)
  const cached = ofSchema.get(hash)
  if (cached !== undefined) return cached
  const json = isStandardSchema(schema) ? jsonSchema(schema) : toolsJsonSchema(schema)
  const fallback = isStandardSchema(schema) ? 'schema' : 'tools'
  const identity = {
    name: textOf(fieldOf(json, 'title')) ?? textOf(fieldOf(json, '$id')) ?? textOf(fieldOf(json, 'id')) ?? fallback,
    hash: json === undefined ? undefined : hash(JSON.stringify(json)),
    declaredNames: declaredNames(json, isStandardSchema(schema) ? [] : Object.keys(schema)),
  }
  ofSchema.set(hash, identity)
  return identity
}

function declaredNames(json: unknown, tools: readonly string[]): ReadonlySet<string> {
  const names = new Set(tools)
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    for (const name of Object.keys(recordOf(fieldOf(node, 'properties')) ?? {})) names.add(name)
    for (const child of Object.values(node)) visit(child)
  }
  visit(json)
  return names
}

function toolsJsonSchema(tools: ToolSchemas): object | undefined {
  const entries = Object.entries(tools).map(([name, schema]) => [name, jsonSchema(schema)] as const)
  return entries.some(([, json]) => json === undefined) ? undefined : { tools: Object.fromEntries(entries) }
}

/** JSON Schema by the schema's own method, else by zod; refinements and transforms have none and are left out. */
function jsonSchema(schema: StandardSchema): object | undefined {
  try {
    const convert = fieldOf(fieldOf(schema['~standard'], 'jsonSchema'), 'input')
    if (typeof convert === 'function') {
      const json: unknown = Reflect.apply(convert, undefined, [{ target: 'draft-2020-12' }])
      if (typeof json === 'object' && json !== null) return json
    }
  } catch {
    // a type without a JSON form: zod is asked to say `any` for it
  }
  try {
    return schema instanceof z.ZodType ? z.toJSONSchema(schema, { unrepresentable: 'any', io: 'input' }) : undefined
  } catch {
    return undefined
  }
}
