import { z } from 'zod'
import { CORRECT_PATH, readConfiguredFile } from '../../configured-file.ts'
import { missing, passed, SKIPPED, valueOf, type ScoreDefinition, type ScoreOutcome, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { MAXIMUM_CHARACTERS } from '../scorers/output-source.ts'
import { binaryScore, categoryScore, numberScore, scoreEntry } from '../scorers/score-entry.ts'
import { createModuleHost } from './module-host.ts'

/** A score of the user's own: a function in a module, run in a thread with a limit of time and memory. */
export const moduleSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('module'),
  file: z.string().min(1),
  export: z.string().min(1).default('score'),
  kind: z.enum(['binary', 'score', 'categorical']),
  unit: z.string().max(32).default(''),
  /** Second argument of the function. */
  options: z.record(z.string(), z.unknown()).default({}),
  /** Names the code where the hash of the one file does not: it imports others, or asks a service. */
  version: z.string().min(1).max(64).optional(),
  timeLimitMilliseconds: z.number().int().min(1).max(60_000).default(1000),
  memoryLimitMegabytes: z.number().int().min(8).max(4096).default(128),
})
export type ModuleSettings = z.infer<typeof moduleSettings>

const START_MILLISECONDS = 15_000

/** @throws {TidemarkError} `config_unreadable` */
export function moduleScorer(settings: ModuleSettings): Scorer & { close(): Promise<void> } {
  const { file, export: exportName, options, kind, version } = settings
  const code = readConfiguredFile(file, `the module ${file} of the score ${settings.name}`, CORRECT_PATH)
  const host = createModuleHost(
    { file, exportName, options },
    {
      timeMilliseconds: settings.timeLimitMilliseconds,
      memoryMegabytes: settings.memoryLimitMegabytes,
      startMilliseconds: START_MILLISECONDS,
    },
  )
  return {
    ...definitionOf(settings, scorerVersion('module 1', { export: exportName, options, kind, version }, [code])),
    async score(record, { signal }) {
      if (record.isContentSampledOut) return SKIPPED
      if (record.output === null) return missing('no_content', 'the call carries no text')
      const characters = record.output.text.length + (record.input?.length ?? 0)
      if (characters > MAXIMUM_CHARACTERS)
        return missing('too_large', `${characters} characters, at most ${MAXIMUM_CHARACTERS} are passed on`)
      const answer = await host.run(record, signal)
      return 'returned' in answer ? outcomeOf(answer.returned) : answer
    },
    close: () => host.close(),
  }
}

function definitionOf(settings: ModuleSettings, version: string): ScoreDefinition {
  switch (settings.kind) {
    case 'binary':
      return binaryScore(settings, version)
    case 'score':
      return numberScore(settings, version, settings.unit)
    case 'categorical':
      return categoryScore(settings, version)
  }
}

/** What a function may return. Whether the value fits the kind of the score is checked where all scores are. */
const result = z.union([
  z.boolean().transform((isGood) => passed(isGood)),
  z.number().transform((value) => valueOf(value)),
  z
    .string()
    .min(1)
    .max(100)
    .transform((category) => valueOf(category.toWellFormed())),
  z.strictObject({ missing: z.string() }).transform(({ missing: why }) => missing('absent', why)),
  z.strictObject({ skip: z.literal(true) }).transform(() => SKIPPED),
])

function outcomeOf(returned: unknown): ScoreOutcome {
  const parsed = result.safeParse(returned)
  if (parsed.success) return parsed.data
  return missing(
    'invalid_result',
    `returned ${describe(returned)}; return a number, true or false, a category, { missing: "why" } or { skip: true }`,
  )
}

function describe(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (value === null) return 'null'
  return Array.isArray(value)
    ? 'a list'
    : typeof value === 'string'
      ? 'a text of other than 1 to 100 characters'
      : typeof value
}
