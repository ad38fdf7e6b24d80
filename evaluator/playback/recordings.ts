import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { TidemarkError } from '../src/domain/errors.ts'

const run = z.object({
  run: z.string().min(1),
  bfcl_name: z.string().optional(),
  model: z.string().min(1),
  agent: z.string().min(1),
  provider: z.string(),
  mode: z.enum(['tools', 'tools-any', 'prompt', 'text-tools']),
  recorded_on: z.string(),
})

const call = z.object({
  agent: z.string(),
  model: z.string(),
  mode: z.string(),
  bfcl_name: z.string().optional(),
  recorded_on: z.string(),
  case_id: z.string().min(1),
  category: z.string().min(1),
  input: z.object({
    messages: z
      .array(
        z.object({
          role: z.string(),
          content: z
            .string()
            .nullable()
            .transform((text) => text ?? ''),
        }),
      )
      .min(1),
    tools: z.array(
      z.object({
        type: z.literal('function'),
        function: z.object({ name: z.string().min(1), description: z.string().optional(), parameters: z.unknown() }),
      }),
    ),
  }),
  output_kind: z.enum(['text', 'tool_calls', 'mixed', 'provider_block']),
  output: z.string(),
  tool_calls: z.array(z.object({ name: z.string(), arguments: z.string() })).nullish(),
  latency_s: z.number().nullable(),
  input_tokens: z.number().nullable(),
  output_tokens: z.number().nullable(),
})

const templates = z.object({
  prompt_mode: z.object({ system: z.string(), user: z.string() }),
  question_suffix: z.record(z.string(), z.string()),
  default_request_settings: z.record(z.string(), z.object({ max_tokens: z.number() })),
})

/** One line of `runs.jsonl`: a model on one day, in one mode. */
export type RecordedRun = z.infer<typeof run>
/** One line of `calls-*.jsonl.gz`: what was asked and what came back. */
export type RecordedCall = z.infer<typeof call>
/** `prompt-templates.json`: how prompt mode words a request, by month. */
export type PromptTemplates = z.infer<typeof templates>

/** Calls of one run by case id. */
export type Recording = { readonly run: RecordedRun; readonly calls: ReadonlyMap<string, RecordedCall> }

/**
 * Reads the runs named and the calls they made.
 * @throws {TidemarkError} `recorded_data_invalid` with file and line, `argument_invalid` for a run that is not there
 */
export function readRecordings(folder: string, names: readonly string[]): readonly Recording[] {
  const runs = readRuns(folder)
  const wanted = names.map((name) => runs.find((known) => known.run === name) ?? unknownRun(name, runs, folder))
  const calls = new Map(wanted.map((run) => [run.run, new Map<string, RecordedCall>()]))
  for (const file of callFiles(folder)) {
    for (const { line, number } of jsonLines(folder, file, (text) => mayBeOf(wanted, text))) {
      const owner = wanted.find((run) => isOf(run, line))
      if (owner === undefined) continue
      const read = parsed(call, line, file, number)
      calls.get(owner.run)?.set(read.case_id, read)
    }
  }
  return wanted.map((run) => {
    const own = calls.get(run.run) ?? new Map<string, RecordedCall>()
    if (own.size === 0) throw invalid(`${folder} has no calls of the run ${run.run}.`)
    return { run, calls: own }
  })
}

/** Every run of a folder. @throws {TidemarkError} `recorded_data_invalid` */
export function readRuns(folder: string): readonly RecordedRun[] {
  return jsonLines(folder, 'runs.jsonl', () => true).map(({ line, number }) => parsed(run, line, 'runs.jsonl', number))
}

/** @throws {TidemarkError} `recorded_data_invalid` */
export function readPromptTemplates(folder: string): PromptTemplates {
  const file = 'prompt-templates.json'
  return parsed(templates, parsedJson(readText(folder, file), file, undefined), file, undefined)
}

function callFiles(folder: string): readonly string[] {
  const files = readdirSync(folder).filter((name) => /^calls-.*\.jsonl(?:\.gz)?$/u.test(name))
  if (files.length === 0) throw invalid(`${folder} has no file calls-*.jsonl.gz.`)
  return files.sort()
}

/** Most lines belong to other runs and need not be parsed; what does not even look like an object is looked at. */
function mayBeOf(runs: readonly RecordedRun[], text: string): boolean {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}')) return true
  // a name with other characters may be written with escapes
  return runs.some(
    (run) => text.includes(run.recorded_on) && (!/^[\w.-]+$/u.test(run.model) || text.includes(run.model)),
  )
}

function isOf(run: RecordedRun, line: unknown): boolean {
  if (typeof line !== 'object' || line === null) return false
  const field = (name: string): unknown => Reflect.get(line, name)
  return (
    field('model') === run.model &&
    field('recorded_on') === run.recorded_on &&
    field('mode') === run.mode &&
    (run.bfcl_name === undefined || field('bfcl_name') === run.bfcl_name)
  )
}

function jsonLines(
  folder: string,
  file: string,
  isWanted: (text: string) => boolean,
): readonly { line: unknown; number: number }[] {
  return readText(folder, file)
    .split('\n')
    .map((text, index) => ({ text, number: index + 1 }))
    .filter(({ text }) => text.trim() !== '' && isWanted(text))
    .map(({ text, number }) => ({ line: parsedJson(text, file, number), number }))
}

function readText(folder: string, file: string): string {
  if (!existsSync(folder)) throw invalid(`There is no folder ${folder}.`)
  const path = join(folder, file)
  try {
    const bytes = readFileSync(path)
    return (file.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  } catch (cause) {
    throw invalid(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`, cause)
  }
}

function parsedJson(text: string, file: string, line: number | undefined): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw invalid(
      `${place(file, line)}: no valid JSON (${cause instanceof Error ? cause.message : String(cause)}).`,
      cause,
    )
  }
}

function parsed<Value>(schema: z.ZodType<Value>, value: unknown, file: string, line: number | undefined): Value {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]
  throw invalid(`${place(file, line)}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not readable'}.`)
}

function place(file: string, line: number | undefined): string {
  return line === undefined ? file : `${file} line ${line}`
}

function unknownRun(name: string, runs: readonly RecordedRun[], folder: string): never {
  const near = nearest(
    name,
    runs.map((known) => known.run),
  )
  throw new TidemarkError(
    'argument_invalid',
    `There is no run ${name} in ${join(folder, 'runs.jsonl')}.`,
    `Use one of its ${runs.length} runs, such as ${near.join(', ')}.`,
  )
}

/** The five names with the most pairs of letters in common, best first. */
function nearest(name: string, known: readonly string[]): readonly string[] {
  const pairs = letterPairs(name)
  const likeness = (other: string): number => {
    const others = letterPairs(other)
    return (2 * [...pairs].filter((pair) => others.has(pair)).length) / Math.max(1, pairs.size + others.size)
  }
  return known
    .map((other) => ({ other, likeness: likeness(other) }))
    .sort((left, right) => right.likeness - left.likeness)
    .slice(0, 5)
    .map(({ other }) => other)
}

function letterPairs(text: string): ReadonlySet<string> {
  const lower = text.toLowerCase()
  return new Set(Array.from({ length: Math.max(0, lower.length - 1) }, (_, index) => lower.slice(index, index + 2)))
}

function invalid(message: string, cause?: unknown): TidemarkError {
  return new TidemarkError(
    'recorded_data_invalid',
    message,
    'Give a folder of the function-calls format with --data; its README names the files and their fields.',
    cause === undefined ? undefined : { cause },
  )
}
