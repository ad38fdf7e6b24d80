import { existsSync, readFileSync, statSync } from 'node:fs'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { TidemarkError } from '../domain/errors.ts'
import { readExamples, type Example } from './example.ts'
import type { GatedInput } from './gate-comparison.ts'
import { journalPath, readJournal, type Result } from './journal.ts'
import type { ScoredResult } from './score-run.ts'
import { VALIDATION_OUTCOMES } from '@tidemark/instrumentation/semconv'

/** What one version answered, before it is scored. */
export type GateSide = { readonly examples: readonly Example[]; readonly results: readonly Result[] }

/** What an answer may say of itself beside its text. */
const answerLine = z.looseObject({
  output: z.json(),
  run: z.number().int().positive().optional(),
  latencySeconds: z.number().nonnegative().optional(),
  validation: z.enum(VALIDATION_OUTCOMES).optional(),
  model: z.string().optional(),
  promptVersion: z.string().optional(),
})

/**
 * Reads the answers of one version: the folder of a `tidemark harness` run, or a file of JSON lines, an example with its
 * `output` each.
 * @throws {TidemarkError} `examples_invalid`, `run_invalid`
 */
export function readGateSide(path: string): GateSide {
  if (existsSync(path) && statSync(path).isDirectory()) return readRun(path)
  const text = readFile(path)
  const { examples } = readExamples(distinctIds(text), path)
  const byId = new Map(examples.map((example) => [example.id, example]))
  const results = text
    .split('\n')
    .map((json, i) => ({ json, number: i + 1 }))
    .filter(({ json }) => json.trim() !== '')
    .map(({ json, number }) => readAnswer(json, number, path))
  return { examples: [...byId.values()], results }
}

/** The inputs of one version with their scores, every run of an input together. */
export function gatedInputs(results: readonly ScoredResult[]): GatedInput[] {
  return [...Map.groupBy(results, ({ example }) => example.id)].map(([id, runs]) => ({
    id,
    runs: runs.map(({ result, scores }) => ({
      isAnswered: result.outcome.kind === 'answer',
      scores: new Map(
        scores
          .filter(({ value, missing }) => value !== null || missing !== null)
          .map(({ name, value }) => [name, value]),
      ),
    })),
  }))
}

/** The inputs must be the same: an id with another input on the other side compares two questions. */
export function requireSameInputs(baseline: readonly Example[], candidate: readonly Example[]): void {
  const inputs = new Map(baseline.map(({ id, input }) => [id, JSON.stringify(input)]))
  const shared = candidate.filter(({ id }) => inputs.has(id))
  const other = shared.find(({ id, input }) => inputs.get(id) !== JSON.stringify(input))
  if (other !== undefined)
    throw new TidemarkError(
      'examples_invalid',
      `The input ${other.id} is another one on either side.`,
      'Run both versions on the same file of examples.',
    )
  if (shared.length === 0)
    throw new TidemarkError(
      'examples_invalid',
      'The two versions have no input in common.',
      'Run both on the same file of examples, with the same ids.',
    )
}

function readRun(folder: string): GateSide {
  const file = join(folder, 'real.jsonl')
  if (!existsSync(journalPath(folder)) || !existsSync(file))
    throw new TidemarkError(
      'run_invalid',
      `${folder} holds no run.`,
      'Give the --out folder of "tidemark harness", or a file of JSON lines with id, input and output.',
    )
  const journal = readJournal(folder)
  const results = journal.results.filter(({ set }) => set === 'real')
  const { examples, hash } = readExamples(readFile(file), file)
  if (journal.head?.real !== hash)
    throw new TidemarkError(
      'run_invalid',
      `${file} is not the file that the run was asked with.`,
      'Give the --out folder of "tidemark harness" as it left it.',
    )
  const expected = examples.length * journal.head.runs
  if (results.length < expected)
    throw new TidemarkError(
      'run_invalid',
      `The run in ${folder} is not complete: ${results.length} of ${expected} calls.`,
      'The command that began it finishes it. What is missing could be what is worse.',
    )
  return { examples, results }
}

function readAnswer(json: string, number: number, path: string): Result {
  const value: unknown = JSON.parse(json)
  const read = answerLine.safeParse(value)
  if (!read.success)
    throw new TidemarkError(
      'examples_invalid',
      `${path}, line ${number}: ${read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; ')}.`,
      'Write one JSON object a line, such as {"id": "t-1", "input": "…", "output": "…"}.',
    )
  const { output, run = 1, ...said } = read.data
  const example = typeof said['id'] === 'string' ? said['id'] : `line-${number}`
  return {
    type: 'result',
    set: 'real',
    example,
    run,
    key: createHash('sha256').update(`${path}/${example}/${run}`).digest('hex').slice(0, 32),
    attempts: 1,
    at: 0,
    outcome: {
      kind: 'answer',
      answer: {
        output: typeof output === 'string' ? output : JSON.stringify(output),
        latencySeconds: said.latencySeconds ?? 0,
        validation: said.validation ?? null,
        model: said.model ?? null,
        provider: null,
        promptName: null,
        promptVersion: said.promptVersion ?? null,
        toolsHash: null,
        inputTokens: null,
        outputTokens: null,
        attempts: null,
        costUsd: null,
      },
    },
  }
}

/** Several runs of an input are several lines of one id; as examples they are one. */
function distinctIds(text: string): string {
  const seen = new Set<string>()
  return text
    .split('\n')
    .map((json) => {
      const id = idOf(json)
      if (id === null) return json
      if (seen.has(id)) return ''
      seen.add(id)
      return json
    })
    .join('\n')
}

function idOf(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null && 'id' in value && typeof value.id === 'string'
      ? value.id
      : null
  } catch {
    // the examples' reader says which line it is
    return null
  }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new TidemarkError(
      'examples_invalid',
      `Cannot read ${path}.`,
      'Give the folder of a "tidemark harness" run, or a file of JSON lines with id, input and output.',
      { cause },
    )
  }
}
