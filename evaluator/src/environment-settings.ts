import { readConfiguredFile } from './configured-file.ts'
import { TidemarkError } from './domain/errors.ts'

/** Variables of the environment that stand above `tidemark.yaml`, with the keys they set. */
export const ENVIRONMENT_SETTINGS = {
  TIDEMARK_STORE_URL: ['store', 'url'],
  TIDEMARK_LISTEN_HOST: ['listen', 'host'],
  TIDEMARK_LISTEN_PORT: ['listen', 'port'],
  TIDEMARK_PUBLISH_URL: ['publish', 'url'],
  TIDEMARK_MONITORING_PROMETHEUS: ['monitoring', 'prometheus'],
  TIDEMARK_MONITORING_ALERTMANAGER: ['monitoring', 'alertmanager'],
  TIDEMARK_RETENTION_DAYS: ['retentionDays'],
} as const

/** Variables that hold one more token of a role, for every agent. */
export const ENVIRONMENT_TOKENS = {
  TIDEMARK_TOKEN_INGEST: 'ingest',
  TIDEMARK_TOKEN_READ: 'read',
  TIDEMARK_TOKEN_REVIEW: 'review',
  TIDEMARK_TOKEN_ADMIN: 'admin',
} as const

const NUMBERS = new Set(['TIDEMARK_LISTEN_PORT', 'TIDEMARK_RETENTION_DAYS'])

type Environment = Readonly<Record<string, string | undefined>>
type Document = Readonly<Record<string, unknown>>

/**
 * The document with what the environment says above it. `NAME_FILE` names a file that holds the value of `NAME`, as
 * container platforms hand out secrets.
 * @throws {TidemarkError} `config_invalid` where both are given, `config_unreadable` for the file
 */
export function withEnvironment(document: Document, environment: Environment): Document {
  let result = document
  for (const [name, path] of Object.entries(ENVIRONMENT_SETTINGS)) {
    const value = environmentSecret(environment, name)
    if (value !== undefined) result = withValue(result, path, NUMBERS.has(name) ? numberOf(value) : value)
  }
  for (const [name, role] of Object.entries(ENVIRONMENT_TOKENS)) {
    const value = environmentSecret(environment, name)
    if (value === undefined) continue
    const tokens = asDocument(result['tokens'])
    const all = tokens[role]
    result = {
      ...result,
      tokens: { ...tokens, [role]: [...(Array.isArray(all) ? (all as unknown[]) : []), { value }] },
    }
  }
  return result
}

/** The value of a variable, or of the file that its `_FILE` names. @throws {TidemarkError} `config_invalid`, `config_unreadable` */
export function environmentSecret(environment: Environment, name: string): string | undefined {
  const value = environment[name]
  const file = environment[`${name}_FILE`]
  if (file === undefined || file === '') return value === '' ? undefined : value
  if (value !== undefined && value !== '')
    throw new TidemarkError(
      'config_invalid',
      `The environment has both ${name} and ${name}_FILE.`,
      'Remove one of the two.',
    )
  const next = `Create the file, or correct ${name}_FILE.`
  return readConfiguredFile(file, `the file ${file} of ${name}_FILE`, next).trim()
}

function withValue(document: Document, [key = '', ...rest]: readonly string[], value: unknown): Document {
  if (rest.length === 0) return { ...document, [key]: value }
  return { ...document, [key]: withValue(asDocument(document[key]), rest, value) }
}

function asDocument(value: unknown): Document {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {}
}

/** What is no number stays text, so that the check of the configuration names it. */
function numberOf(text: string): number | string {
  const number = Number(text)
  return Number.isFinite(number) ? number : text
}
