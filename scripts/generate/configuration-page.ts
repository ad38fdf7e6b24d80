import { z } from 'zod'
import { configurationSchema } from '../../evaluator/src/config.ts'
import { ENVIRONMENT_SETTINGS, ENVIRONMENT_TOKENS } from '../../evaluator/src/environment-settings.ts'
import { markdownTable } from './markdown-table.ts'

/** What each key of `tidemark.yaml` means; a key without a meaning, or a meaning without a key, stops the generator. */
const MEANINGS: Readonly<Record<string, string>> = {
  'store.url':
    'Where records and results are kept: `sqlite:` and a path, or `postgres://USER@HOST/DATABASE` for several evaluators. A relative path is relative to the file that names it.',
  'store.passwordFile': 'File with the password of the PostgreSQL user, read at start, where `store.url` has none.',
  'listen.host': 'Address to listen on. Anything but this machine needs tokens.',
  'listen.port': 'Port; 0 takes any free one.',
  'tokens.ROLE[].file': 'File with one token, read at start. Give either `file` or `value`.',
  'tokens.ROLE[].value': 'The token itself.',
  'tokens.ROLE[].agents': 'Agents the token speaks for; `*` in a name stands for any text.',
  'tokens.ROLE[].name': 'Whose token it is: decisions made with it carry this name, and no other.',
  'signIn.proxies':
    'Addresses or ranges of the proxies in front that sign people in; the header of anybody else counts for nothing.',
  'signIn.header': 'Header in which the proxy says who signed in. It has to remove it from requests of others.',
  'signIn.users[].name': 'What the header says of the person.',
  'signIn.users[].roles': 'What the person may do.',
  'signIn.users[].agents': 'Agents the person speaks for; `*` in a name stands for any text.',
  'limits.bodyBytes': 'Largest request body, as sent.',
  'limits.inflatedBytes': 'Largest request body after gzip.',
  'limits.agents': 'Agents that are taken in; further ones are refused and counted.',
  'limits.inFlightRequests': 'Requests that are read and stored at once; further ones get 429 and come back.',
  'limits.inFlightBytes': 'Bytes of bodies that are held at once; likewise. Gzip counts eight times.',
  'limits.spansPerMinute': 'Spans and log records in all, with a burst of one minute; a request beyond gets 429.',
  'limits.spansPerMinutePerAgent': 'The same of one agent; what is beyond is refused span by span and counted.',
  'limits.futureSkewMinutes': 'How far ahead of our clock a span may start.',
  'publish.url': 'Where people reach this evaluator; links in webhooks start with it.',
  'publish.otlp.endpoint': 'Base address of an OTLP/HTTP receiver that gets what `/metrics` shows.',
  'publish.otlp.headers.NAME.file': 'File with the value of the header NAME. Give either `file` or `value`.',
  'publish.otlp.headers.NAME.value': 'The value itself.',
  'publish.otlp.intervalSeconds': 'Time between two pushes.',
  'publish.evaluationResults.endpoint':
    'Base address of an OTLP/HTTP receiver that gets each score of a sampled call as an event `gen_ai.evaluation.result` on its trace.',
  'publish.evaluationResults.headers.NAME.file': 'As for `publish.otlp`.',
  'publish.evaluationResults.headers.NAME.value': 'As for `publish.otlp`.',
  'publish.webhooks[].url': 'Address that is told of changes, signed as the Standard Webhooks specification says.',
  'publish.webhooks[].secret.file': 'File with the key of the signature, at least 24 characters.',
  'publish.webhooks[].secret.value': 'The key itself.',
  'publish.webhooks[].agents': 'Agents it is told of; `*` in a name stands for any text.',
  'publish.webhooks[].events':
    'What it is told of: a verdict that differs from the one before, a new or changed incident.',
  'monitoring.prometheus':
    'Prometheus that `tidemark check` asks whether it scrapes, has the rules and sends alerts on.',
  'monitoring.alertmanager': 'Alertmanager that `tidemark check` asks whether it is ready.',
  retentionDays: 'Telemetry older than this is removed, and refused when it arrives. Results stay.',
  'agents.NAME.timeZone': 'IANA time zone of `schedule.at`.',
  'agents.NAME.schedule.cadence':
    'How often a run takes place: `hourly`, `daily`, `weekly` (Mondays), `monthly` (the first), every `2h`, `3h`, `4h`, `6h`, `8h` or `12h` from midnight, or every `2d` to `30d`. *',
  'agents.NAME.schedule.paused':
    'No slot is run and nobody is paged; calls are stored. What was missed is made up for afterwards, as after a stop.',
  'agents.NAME.schedule.at': 'Local time of the run; of hourly runs the minute counts.',
  'agents.NAME.schedule.settleMinutes': 'A slot waits this long for spans that arrive late.',
  'agents.NAME.schedule.batchSize': 'Most calls a run looks at, drawn uniformly.',
  'agents.NAME.schedule.catchUpDays':
    'Missed slots are made up for this long, or for one interval where that is longer.',
  'agents.NAME.paging.mode':
    '`live` pages, `ticket` raises tickets only, `shadow` neither. Every agent starts in shadow for 14 informative runs.',
  'agents.NAME.paging.falsePagesPerYear': 'The budget from which the page threshold follows. *',
  'agents.NAME.paging.ticketsPerYear': 'The same for tickets. *',
  'agents.NAME.paging.escalationLimits': 'Shares of decisions handed to people that are watched. *',
  'agents.NAME.segments': 'Attributes that make up the stratum of a call. *',
  'agents.NAME.scores':
    'Scores beside those that every agent has: [scores.md](scores.md) lists their kinds and keys. *',
  'agents.NAME.expectedSilenceHours': 'Longest time without a call that is no cause for concern.',
  'agents.NAME.content.accept':
    'What is kept of texts: `none`, `redacted` (keys, e-mail addresses, cards, IBANs and phone numbers replaced) or `all`. Applied before anything is stored.',
  'agents.NAME.content.retentionDays': 'Texts older than this are removed; the calls stay.',
  'agents.NAME.target.url':
    'The agent itself, asked with frozen inputs every day ([sentinel.md](sentinel.md)): an address that takes `POST`. Give one of `url`, `module` and `command`.',
  'agents.NAME.target.module': 'A module that exports an async function: `./agent.ts`, or `./agent.ts#name`.',
  'agents.NAME.target.command': 'A command that reads one question from its input and writes the answer.',
  'agents.NAME.target.sideEffects':
    'Must be written, and must be `none`: calls that carry `tidemark.origin` change nothing outside the agent.',
  'agents.NAME.target.sentinelPerDay': 'Frozen inputs a day; 0: none. Whether there are any is frozen. *',
  'agents.NAME.target.concurrency': 'Questions under way at once.',
  'agents.NAME.target.timeoutSeconds': 'An answer that comes later is missing.',
  'agents.NAME.target.dailyBudgetUsd':
    'No question is begun that could make the answers of the day cost more; a target that does not say what it costs is asked once.',
  'agents.NAME.baseline.expiryDays': 'A baseline counts as expired after this long. *',
}

const ROLES = ['ingest', 'read', 'review', 'admin']

type SchemaNode = {
  type?: string | undefined
  default?: unknown
  enum?: unknown[] | undefined
  pattern?: string | undefined
  minimum?: number | undefined
  maximum?: number | undefined
  exclusiveMinimum?: number | undefined
  exclusiveMaximum?: number | undefined
  minLength?: number | undefined
  properties?: Record<string, SchemaNode> | undefined
  additionalProperties?: boolean | SchemaNode | undefined
  items?: SchemaNode | undefined
}

const schemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    default: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    minimum: z.number().optional(),
    maximum: z.number().optional(),
    exclusiveMinimum: z.number().optional(),
    exclusiveMaximum: z.number().optional(),
    minLength: z.number().optional(),
    properties: z.record(z.string(), schemaNode).optional(),
    additionalProperties: z.union([z.boolean(), schemaNode]).optional(),
    items: schemaNode.optional(),
  }),
)

type Row = { readonly path: string; readonly node: SchemaNode }

/** `docs/configuration.md`. @throws {Error} when a key has no meaning here, or a meaning no key */
export function configurationPage(): string {
  const rows = leavesOf('', schemaNode.parse(configurationSchema()))
  requireMeanings(rows)
  return `# Configuration

<!-- generated by npm run generate; the keys come from evaluator/src/config.ts -->

\`tidemark.yaml\`, in the working directory or given with \`--config\`. Without the file the defaults apply: SQLite beside the
process, this machine only, every agent. An unknown key is an error. For completion and checks in an editor, begin the file
with \`# yaml-language-server: $schema=\` and the address of \`docs/tidemark.schema.json\`.

The environment stands above the file: ${[...Object.keys(ENVIRONMENT_SETTINGS), ...Object.keys(ENVIRONMENT_TOKENS)].map((name) => `\`${name}\``).join(', ')} and
\`OPENAI_API_KEY\`. A variable with \`_FILE\` at its end names a file that holds the value. A TOKEN variable is one more token of
its role, for every agent. \`tidemark config print\` shows what is in force, without secrets; \`tidemark config diff FILE\` says
what another file would change and what that takes: SIGHUP has a running evaluator read its configuration again, \`listen\` and
\`store\` need a restart, and what is marked * below a new version of the baseline. A configuration that cannot be used leaves
the one before in force, with the reason in the log. Counters of \`/metrics\` start anew with a reload.

ROLE is \`ingest\` (telemetry and escalations), \`read\` (results, pages, metrics), \`review\` (the queue of escalated cases) or
\`admin\` (incidents, exclusions, the audit log). NAME is an agent's name, or \`"*"\` for every agent without an entry. An entry stands for itself: what it leaves out has the default below, not
the value under \`"*"\`. With \`agents\` given and no \`"*"\`, other agents are refused.

${markdownTable(
  ['key', 'value', 'default', 'meaning'],
  rows.map(({ path, node }) => [`\`${path}\``, valueText(node), defaultText(node), meaningOf(path)]),
)}

\\* Frozen with the baseline: a change takes effect with its next version (\`tidemark baseline freeze --replace\`).
`
}

/** `docs/tidemark.schema.json`, JSON Schema for editors. */
export function configurationSchemaFile(): string {
  const text = JSON.stringify(configurationSchema(), undefined, 2)
  // lists of plain values stand on one line, as the formatter of the project writes them
  const short = text.replaceAll(
    /\[\n([^[\]{}]*?)\n\s*\]/gu,
    (_, items: string) =>
      `[${items
        .split('\n')
        .map((item) => item.trim())
        .join(' ')}]`,
  )
  return `${short}\n`
}

function leavesOf(path: string, node: SchemaNode): Row[] {
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`)
  if (node.properties !== undefined) {
    return Object.entries(node.properties).flatMap(([key, child]) => leavesOf(below(key), child))
  }
  if (typeof node.additionalProperties === 'object') return leavesOf(below('NAME'), node.additionalProperties)
  if (node.items?.properties !== undefined) {
    const role = ROLES.find((name) => path.endsWith(`.${name}`))
    // the roles are alike: one set of rows
    if (role !== undefined && role !== ROLES[0]) return []
    return leavesOf(`${path.replace(/\.ingest$/u, '.ROLE')}[]`, node.items)
  }
  return [{ path, node }]
}

function requireMeanings(rows: readonly Row[]): void {
  const paths = new Set(rows.map(({ path }) => path))
  const missing = [...paths].filter((path) => MEANINGS[path] === undefined)
  const stale = Object.keys(MEANINGS).filter((path) => !paths.has(path))
  if (missing.length === 0 && stale.length === 0) return
  throw new Error(
    `scripts/generate/configuration-page.ts: no meaning for [${missing.join(', ')}], no key for [${stale.join(', ')}]`,
  )
}

function meaningOf(path: string): string {
  return MEANINGS[path] ?? ''
}

function valueText(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (node.items !== undefined) return `list of ${valueText(node.items)}`
  return [node.type ?? 'any', ...limits(node)].join(', ')
}

function limits(node: SchemaNode): string[] {
  const largest = node.maximum === Number.MAX_SAFE_INTEGER ? undefined : node.maximum
  const parts: (readonly [string, number | string | undefined])[] = [
    ['from', node.minimum],
    ['above', node.exclusiveMinimum],
    ['to', largest],
    ['below', node.exclusiveMaximum],
    ['at least characters:', node.minLength === 1 ? undefined : node.minLength],
  ]
  return parts.flatMap(([word, limit]) => (limit === undefined ? [] : [`${word} ${limit}`]))
}

function defaultText(node: SchemaNode): string {
  return node.default === undefined ? '' : `\`${JSON.stringify(node.default).replaceAll('","', '", "')}\``
}
