import { askedRecord } from '../harness/asked-call.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { Scorer } from '../scoring/scorer.ts'
import { scoreRecord } from '../scoring/score-record.ts'
import { shapley } from '../statistics/index.ts'
import type { Target } from '../target/target.ts'
import { exampleOf } from './score-sentinels.ts'
import type { ReplayInput } from './ask-sentinels.ts'

/** More would need more deployments than anybody has. */
const MOST_CHANGES = 4
const LEAST_INPUTS = 10

/** What each of several simultaneous changes did to a score, with its standard error over inputs; the parts sum to `total`. */
export type ChangeParts = {
  readonly score: string
  /** Inputs with an answer in every configuration. */
  readonly inputs: number
  readonly total: number
  readonly parts: readonly { readonly change: string; readonly mean: number; readonly error: number | null }[]
}

export type AttributionRequest = {
  readonly agent: string
  readonly changes: readonly string[]
  /** One for each combination: bit i of the index says that change i is applied. */
  readonly targets: readonly Target[]
  readonly inputs: readonly ReplayInput[]
  readonly scorer: Scorer
  readonly concurrency: number
  readonly timeoutSeconds: number
  /** Names this attribution, for idempotency keys. */
  readonly key: string
  readonly now: () => number
}

/**
 * Takes simultaneous changes apart by asking the same frozen inputs of all combinations of them (STATISTICS §10).
 * @throws {TidemarkError} `argument_invalid`
 */
export async function attributeChanges(request: AttributionRequest): Promise<ChangeParts> {
  const { changes, targets, inputs, scorer } = request
  requireCombinations(changes, targets.length)
  if (scorer.kind === 'categorical')
    throw invalid(`The score ${scorer.name} has categories.`, 'Name a score that is a rate or a number with --score.')
  const outcomes: (readonly (number | null)[])[] = []
  for (const [index, target] of targets.entries()) outcomes.push(await valuesOf(target, index, request))
  const complete = inputs.flatMap((_, i) => (outcomes.every((values) => typeof values[i] === 'number') ? [i] : []))
  if (complete.length < LEAST_INPUTS)
    throw invalid(
      `${complete.length} of ${inputs.length} inputs have a value of ${scorer.name} in every combination, ${LEAST_INPUTS} are needed.`,
      'Look at the answers of each target with "tidemark harness".',
    )
  const kept = outcomes.map((values) => complete.map((i) => values[i] ?? 0))
  const parts = shapley(kept)
  return {
    score: scorer.name,
    inputs: complete.length,
    total: mean(kept.at(-1) ?? []) - mean(kept[0] ?? []),
    parts: changes.map((change, i) => ({ change, mean: parts[i]?.mean ?? 0, error: parts[i]?.error ?? null })),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** One configuration: the value of every input, null where there is none. */
async function valuesOf(target: Target, index: number, request: AttributionRequest): Promise<(number | null)[]> {
  const { agent, inputs, scorer, concurrency, timeoutSeconds, now } = request
  const values: (number | null)[] = inputs.map(() => null)
  let next = 0
  async function worker(): Promise<void> {
    while (next < inputs.length) {
      const i = next
      next += 1
      const input = inputs[i]
      if (input === undefined || input.input === null) continue
      const key = `${request.key}-${index}-${input.id}`
      const outcome = await target.ask(
        {
          id: input.id,
          input: JSON.parse(input.input),
          segment: input.segment,
          run: 1,
          origin: 'sentinel',
          idempotencyKey: key,
        },
        AbortSignal.timeout(timeoutSeconds * 1000),
      )
      if (outcome.kind !== 'answer') continue
      const result = {
        type: 'result',
        set: 'real',
        example: input.id,
        run: 1,
        key,
        attempts: 1,
        at: now(),
        outcome,
      } as const
      const [score] = await scoreRecord(askedRecord(agent, exampleOf(input), result), [scorer], {
        signal: new AbortController().signal,
      })
      values[i] = typeof score?.value === 'number' ? score.value : null
    }
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, inputs.length) }, worker))
  return values
}

function requireCombinations(changes: readonly string[], targets: number): void {
  if (changes.length < 2 || changes.length > MOST_CHANGES)
    throw invalid(`${changes.length} changes were named.`, `Name 2 to ${MOST_CHANGES} with --change.`)
  if (targets !== 2 ** changes.length)
    throw invalid(
      `${changes.length} changes have ${2 ** changes.length} combinations, and ${targets} targets were given.`,
      'Give --target for each: none of them, the first alone, the second alone, both, and so on.',
    )
}

function invalid(message: string, next: string): TidemarkError {
  return new TidemarkError('argument_invalid', message, next)
}
