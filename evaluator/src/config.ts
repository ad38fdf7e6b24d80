import { readFileSync } from 'node:fs'
import { isAbsolute, resolve, dirname } from 'node:path'
import { AGENT_MODES, ATTRIBUTE, TIDEMARK } from '@tidemark/instrumentation/semconv'
import { parse, YAMLParseError } from 'yaml'
import { z } from 'zod'
import { TidemarkError } from './domain/errors.ts'
import { withEnvironment } from './environment-settings.ts'
import { signInSettings, tokensSettings, type TokenSettings } from './http/access-settings.ts'
import { CONTENT_POLICIES } from './ingest/content-policy.ts'
import { engineOfUrl, sqlitePath } from './domain/store-url.ts'
import { resolvePaths, scoresSettings } from './scoring/score-settings.ts'
import { CADENCE } from './schedule/cadence.ts'
import { resolveTarget, targetSettings } from './target/target-settings.ts'
import { httpAddress, publishSettings, type PublishSettings, type SecretSettings } from './publish/publish-settings.ts'

/** The entry of `agents` that speaks for every agent without one of its own. */
export const ANY_AGENT = '*'

const timeZone = z
  .string()
  .refine(isTimeZone, { error: (issue) => `${String(issue.input)} is not an IANA time zone, such as Europe/Berlin` })

const schedule = z
  .strictObject({
    cadence: z
      .string()
      .regex(CADENCE, 'use hourly, daily, weekly, monthly, or 2h, 3h, 4h, 6h, 8h, 12h, or 2d to 30d')
      .default('daily'),
    /** No slot is run and nobody is paged; calls are stored all the same. */
    paused: z.boolean().default(false),
    at: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/u, 'use HH:MM, such as 08:00')
      .default('08:00'),
    settleMinutes: z.number().min(0).max(1440).default(15),
    batchSize: z.number().int().min(10).max(2000).default(500),
    catchUpDays: z.number().min(0).max(31).default(7),
  })
  .prefault({})

const paging = z
  .strictObject({
    mode: z.enum(AGENT_MODES).exclude(['paused']).default('live'),
    falsePagesPerYear: z.number().positive().max(365).default(1),
    ticketsPerYear: z.number().positive().max(365).default(12),
    escalationLimits: z.array(z.number().gt(0).lt(1)).min(1).max(4).default([0.15, 0.2]),
  })
  .prefault({})

/**
 * What a stratum may be made of: what the call itself carries, known before its output. Versions, models and variants
 * never: a new stratum has no reference to compare with. Nothing of the validation either: a call that loses its
 * validation would move to a stratum of its own, and nobody would see it.
 */
const SEGMENT_ATTRIBUTES = [ATTRIBUTE.operationName, ATTRIBUTE.promptName, TIDEMARK.segment] as const

const agent = z
  .strictObject({
    timeZone: timeZone.default('UTC'),
    schedule,
    paging,
    segments: z.array(z.enum(SEGMENT_ATTRIBUTES)).default([ATTRIBUTE.operationName, ATTRIBUTE.promptName]),
    scores: scoresSettings,
    /** Longest time without a call that is no cause for concern. */
    expectedSilenceHours: z
      .number()
      .positive()
      .max(24 * 31)
      .default(24),
    /** What is kept of texts, applied before they are stored, and for how long. */
    content: z
      .strictObject({
        accept: z.enum(CONTENT_POLICIES).default('redacted'),
        retentionDays: z.number().int().min(1).max(3650).default(30),
      })
      .prefault({}),
    /** The agent itself, asked daily with frozen inputs. */
    target: targetSettings.optional(),
    baseline: z.strictObject({ expiryDays: z.number().positive().max(3650).default(180) }).prefault({}),
  })
  .prefault({})

const configuration = z.strictObject({
  store: z
    .strictObject({
      url: z
        .string()
        .refine((url) => engineOfUrl(url) !== undefined, {
          error: 'is neither sqlite:PATH nor postgres://USER@HOST/DATABASE',
        })
        .default('sqlite:./tidemark.db'),
      /** File that holds the password of the PostgreSQL user, where the address has none. */
      passwordFile: z.string().min(1).optional(),
    })
    .prefault({}),
  listen: z
    .strictObject({
      host: z.string().min(1).default('127.0.0.1'),
      port: z.number().int().min(0).max(65_535).default(8433),
    })
    .prefault({}),
  tokens: tokensSettings,
  /** People whom a proxy in front has signed in. */
  signIn: signInSettings.optional(),
  limits: z
    .strictObject({
      bodyBytes: z
        .number()
        .int()
        .positive()
        .default(16 * 1024 * 1024),
      inflatedBytes: z
        .number()
        .int()
        .positive()
        .default(64 * 1024 * 1024),
      agents: z.number().int().positive().default(200),
      /** What ingest may hold at once; beyond it senders get 429 and come back. */
      inFlightRequests: z.number().int().positive().default(64),
      inFlightBytes: z
        .number()
        .int()
        .positive()
        .default(256 * 1024 * 1024),
      /** Spans and log records, in all and of one agent, with a burst of a minute's worth. */
      spansPerMinute: z.number().int().positive().default(12_000_000),
      spansPerMinutePerAgent: z.number().int().positive().default(3_000_000),
      futureSkewMinutes: z.number().positive().default(60),
    })
    .prefault({}),
  publish: publishSettings,
  /** Where `tidemark check` looks whether anybody would be paged. */
  monitoring: z.strictObject({ prometheus: httpAddress.optional(), alertmanager: httpAddress.optional() }).prefault({}),
  retentionDays: z.number().int().min(1).max(3650).default(400),
  agents: z.record(z.string().min(1).max(128), agent).default({ [ANY_AGENT]: agent.parse(undefined) }),
})

export type AgentSettings = z.infer<typeof agent>
export type Configuration = z.infer<typeof configuration>
/** What a caller may write: everything has a default. */
export type ConfigurationInput = z.input<typeof configuration>

/**
 * Reads `tidemark.yaml`, and what the environment says above it. Without a path, and without the file in the working directory, the defaults apply: SQLite beside
 * the process, loopback only, every agent accepted.
 * @throws {TidemarkError} `config_unreadable`, `config_invalid`
 */
export function readConfiguration(
  path: string | undefined,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): Configuration {
  const file = path ?? 'tidemark.yaml'
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (path === undefined && isMissingFile(cause))
      return resolveConfiguration(withEnvironment({}, environment), 'the environment')
    throw new TidemarkError(
      'config_unreadable',
      `Cannot read the configuration ${file}.`,
      'Give the path with --config.',
      { cause },
    )
  }
  const document = parseDocument(text, file)
  const isDocument = typeof document === 'object' && document !== null && !Array.isArray(document)
  const settings = resolveConfiguration(isDocument ? withEnvironment({ ...document }, environment) : document, file)
  const folder = dirname(resolve(file))
  return {
    ...settings,
    store: storeFrom(folder, settings.store),
    tokens: {
      ingest: settings.tokens.ingest.map((entry) => tokenFrom(folder, entry)),
      read: settings.tokens.read.map((entry) => tokenFrom(folder, entry)),
      review: settings.tokens.review.map((entry) => tokenFrom(folder, entry)),
      admin: settings.tokens.admin.map((entry) => tokenFrom(folder, entry)),
    },
    agents: Object.fromEntries(
      Object.entries(settings.agents).map(([name, entry]) => [
        name,
        {
          ...entry,
          scores: resolvePaths(entry.scores, (path) => resolve(folder, path)),
          ...(entry.target === undefined
            ? {}
            : { target: resolveTarget(entry.target, (path) => resolve(folder, path)) }),
        },
      ]),
    ),
    publish: publishFrom(folder, settings.publish),
  }
}

/**
 * Configuration from YAML (or JSON) text; `name` is used in messages.
 * @throws {TidemarkError} `config_invalid`, naming each wrong key or value
 */
export function parseConfiguration(text: string, name: string): Configuration {
  return resolveConfiguration(parseDocument(text, name), name)
}

function parseDocument(text: string, name: string): unknown {
  try {
    return (parse(text) as unknown) ?? {}
  } catch (cause) {
    // the lines below the first show the text around the fault, which may be a secret
    const where =
      (cause instanceof YAMLParseError ? cause.message : String(cause)).split('\n', 1)[0]?.replace(/:$/u, '') ?? ''
    throw new TidemarkError('config_invalid', `${name} is no valid YAML: ${where}`, 'Correct the line that is named.', {
      cause,
    })
  }
}

/** @throws {TidemarkError} `config_invalid` */
export function resolveConfiguration(document: unknown, name: string): Configuration {
  const result = configuration.safeParse(document)
  if (result.success) return result.data
  throw new TidemarkError(
    'config_invalid',
    `${name}: ${result.error.issues.map(describeIssue).join('; ')}`,
    'Correct what is named and start again; keys are checked strictly so that no typo is ignored.',
  )
}

/** Settings of an agent, or undefined when the configuration does not accept it. */
export function settingsOf(config: Configuration, name: string): AgentSettings | undefined {
  // an agent may be called `constructor`
  return Object.hasOwn(config.agents, name) ? config.agents[name] : config.agents[ANY_AGENT]
}

/** JSON Schema (draft 2020-12) of `tidemark.yaml`, for editors. */
export function configurationSchema(): unknown {
  return z.toJSONSchema(configuration, { io: 'input' })
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0
  } catch {
    return false
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  const path = issue.path.length === 0 ? 'the document' : issue.path.join('.')
  if (issue.code === 'unrecognized_keys')
    return `${path} has the unknown key ${issue.keys.map((key) => `"${key}"`).join(', ')}`
  return `${path}: ${issue.message}`
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function tokenFrom(folder: string, entry: TokenSettings): TokenSettings {
  return entry.file === undefined ? entry : { ...entry, file: resolve(folder, entry.file) }
}

function publishFrom(folder: string, { otlp, evaluationResults, webhooks, ...rest }: PublishSettings): PublishSettings {
  const from = <Receiver extends { readonly headers: Readonly<Record<string, SecretSettings>> }>(
    receiver: Receiver,
  ) => ({
    ...receiver,
    headers: Object.fromEntries(
      Object.entries(receiver.headers).map(([name, secret]) => [name, secretFrom(folder, secret)]),
    ),
  })
  return {
    ...rest,
    ...(otlp === undefined ? {} : { otlp: from(otlp) }),
    ...(evaluationResults === undefined ? {} : { evaluationResults: from(evaluationResults) }),
    webhooks: webhooks.map((webhook) => ({ ...webhook, secret: secretFrom(folder, webhook.secret) })),
  }
}

function secretFrom(folder: string, secret: SecretSettings): SecretSettings {
  return secret.file === undefined ? secret : { ...secret, file: resolve(folder, secret.file) }
}

/** Relative paths of the store are relative to the file that names them, not to where the command was typed. */
function storeFrom(folder: string, store: Configuration['store']): Configuration['store'] {
  const { url, passwordFile } = store
  const file = passwordFile === undefined ? {} : { passwordFile: resolve(folder, passwordFile) }
  if (engineOfUrl(url) !== 'sqlite') return { ...store, ...file }
  const path = sqlitePath(url)
  return { ...file, url: path === ':memory:' || isAbsolute(path) ? url : `sqlite:${resolve(folder, path)}` }
}
