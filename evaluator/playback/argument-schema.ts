import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'

/** A function offered to the model: its name as the model saw it, its parameters in the benchmark's dialect of JSON Schema. */
export type FunctionOffer = { readonly name: string; readonly parameters: unknown }

/** One finding, in the form of Standard Schema. */
export type ArgumentIssue = { readonly message: string; readonly path: readonly (string | number)[] }

/** Checks the arguments of one call against one function. */
export type ArgumentCheck = (offer: FunctionOffer, values: unknown) => readonly ArgumentIssue[]

/** Types that function descriptions of Python, Java and JavaScript use, in the words of JSON Schema. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  any: '',
  array: 'array',
  arraylist: 'array',
  bool: 'boolean',
  boolean: 'boolean',
  byte: 'integer',
  char: 'string',
  dict: 'object',
  double: 'number',
  float: 'number',
  hashmap: 'object',
  hashtable: 'object',
  int: 'integer',
  integer: 'integer',
  list: 'array',
  long: 'integer',
  null: 'null',
  number: 'number',
  object: 'object',
  queue: 'array',
  set: 'array',
  short: 'integer',
  stack: 'array',
  str: 'string',
  string: 'string',
  tuple: 'array',
}

/** Keywords that say what a value must be; everything else of a description is for the model only. */
const CONSTRAINTS = new Set([
  'enum',
  'const',
  'minimum',
  'maximum',
  'minItems',
  'maxItems',
  'minLength',
  'maxLength',
  'pattern',
])

/** A check that compiles each function once. Arguments that a function does not have are a finding. */
export function createArgumentCheck(): ArgumentCheck {
  // the schemas are made below, from known keywords: checking them again would cost more than compiling them
  const ajv = new Ajv({
    strict: false,
    validateSchema: false,
    addUsedSchema: false,
    validateFormats: false,
    logger: false,
  })
  const compiled = new WeakMap<FunctionOffer, ValidateFunction>()
  return (offer, values) => {
    let check = compiled.get(offer)
    if (check === undefined) {
      check = ajv.compile(argumentSchema(offer.parameters))
      compiled.set(offer, check)
    }
    return check(values) ? [] : (check.errors ?? []).map((error) => issueOf(offer, error))
  }
}

/** Parameters of a function as JSON Schema (draft 7). A type nobody knows puts no limit on the value. */
export function argumentSchema(parameters: unknown): Record<string, unknown> {
  const schema = jsonSchema(parameters)
  return { additionalProperties: false, ...schema, type: 'object' }
}

/** Names of the parameters in the order of their description: what positional arguments mean. */
export function parameterNames(parameters: unknown): readonly string[] {
  const properties = isObject(parameters) ? parameters['properties'] : undefined
  return isObject(properties) ? Object.keys(properties) : []
}

function jsonSchema(description: unknown): Record<string, unknown> {
  if (!isObject(description)) return {}
  const schema: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(description)) {
    if (CONSTRAINTS.has(key)) schema[key] = value
    else if (key === 'type') Object.assign(schema, typeConstraint(value))
    else if (key === 'items' && isObject(value)) schema['items'] = jsonSchema(value)
    else if (key === 'properties' && isObject(value)) schema['properties'] = mapValues(value, jsonSchema)
    else if (key === 'additionalProperties') schema[key] = isObject(value) ? jsonSchema(value) : value !== false
    else if ((key === 'anyOf' || key === 'oneOf') && Array.isArray(value)) schema['anyOf'] = value.map(jsonSchema)
    else if (key === 'required' && Array.isArray(value)) schema['required'] = [...new Set(value.filter(isText))]
  }
  return schema
}

function typeConstraint(type: unknown): { type?: string | string[] } {
  const names = (Array.isArray(type) ? type : [type]).filter(isText).map((name) => JSON_TYPES[name.toLowerCase()] ?? '')
  if (names.length === 0 || names.includes('')) return {}
  const [only] = names
  return { type: names.length === 1 && only !== undefined ? only : [...new Set(names)] }
}

function issueOf(offer: FunctionOffer, error: ErrorObject): ArgumentIssue {
  const path = error.instancePath.split('/').slice(1).map(pathPart)
  return { message: `${offer.name}: ${error.message ?? error.keyword}`, path }
}

function pathPart(part: string): string | number {
  const text = part.replaceAll('~1', '/').replaceAll('~0', '~')
  return /^\d+$/u.test(text) ? Number(text) : text
}

function mapValues(object: Record<string, unknown>, map: (value: unknown) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]))
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
