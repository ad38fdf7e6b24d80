import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import type { ScoredCall, ScoreValues } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { freezeBaseline, type BaselineDocument, type BaselineRequest } from './baseline-document.ts'
import { RUNS_PER_SENTINEL, type FrozenRun, type FrozenSentinel, type HarnessSource } from './frozen-sentinels.ts'
import { stratumIndex, stratumOf } from './stratum.ts'

/** One input of a harness run with all its runs, in the order of their numbers. */
export type AskedInput = {
  readonly id: string
  readonly inputHash: string | null
  readonly runs: readonly {
    readonly at: number
    /** Null where the call was answered. */
    readonly failure: string | null
    readonly call: EvaluatedCall
    readonly scores: ScoreValues
  }[]
}

/**
 * Freezes a harness run: statistics of the first run of every input, so that an input counts once, and all runs of each as
 * sentinels. Inputs whose first call failed are no items, as in production.
 * @throws {TidemarkError} `window_empty`, `baseline_too_small`
 */
export function freezeHarness(
  inputs: readonly AskedInput[],
  request: BaselineRequest,
  { run, definitions }: { readonly run: string; readonly definitions: readonly ScoreDefinition[] },
): BaselineDocument {
  const items: ScoredCall[] = inputs.flatMap(({ runs: [first] }) =>
    first === undefined || first.failure !== null ? [] : [{ ...first.call, scores: first.scores }],
  )
  const frozen = freezeBaseline(items, request, definitions)
  const { sentinels, warnings } = freezeSentinels(inputs, frozen)
  return {
    ...frozen,
    sentinels,
    source: sourceOf(inputs, run),
    warnings: [
      ...frozen.warnings,
      ...warnings,
      'A harness is not production: freeze a window of production as the next version once there is traffic, with --sentinels to go on replaying these inputs.',
    ],
  }
}

/** The inputs of a harness run as sentinels of a baseline, whichever its yardstick is; those without an answer are left out. */
export function freezeSentinels(
  inputs: readonly AskedInput[],
  { strata, segments }: Pick<BaselineDocument, 'strata' | 'segments'>,
): { readonly sentinels: FrozenSentinel[]; readonly warnings: readonly string[] } {
  const sentinels = inputs.flatMap((input): FrozenSentinel[] => {
    const first = input.runs.find(({ failure }) => failure === null)
    if (first === undefined) return []
    return [
      {
        id: input.id,
        stratum: Math.max(0, stratumIndex(strata, stratumOf(first.call, segments))),
        inputHash: input.inputHash,
        runs: input.runs.map(frozenRun),
      },
    ]
  })
  const few = sentinels.filter(({ runs }) => runs.filter(({ failure }) => failure === null).length < RUNS_PER_SENTINEL)
  if (few.length === 0) return { sentinels, warnings: [] }
  return {
    sentinels,
    warnings: [
      `${few.length} of ${sentinels.length} frozen inputs have fewer than ${RUNS_PER_SENTINEL} runs: they cannot be replayed. Run the harness with --runs ${RUNS_PER_SENTINEL}.`,
    ],
  }
}

function frozenRun({ at, failure, scores }: AskedInput['runs'][number]): FrozenRun {
  return { at, failure, scores: failure === null ? Object.fromEntries(scores) : {} }
}

function sourceOf(inputs: readonly AskedInput[], run: string): HarnessSource {
  const calls = inputs.flatMap(({ runs }) => runs.map(({ call }) => call.call))
  return {
    kind: 'harness',
    run,
    examples: inputs.length,
    failed: inputs.filter(({ runs: [first] }) => first?.failure !== null).length,
    versions: {
      models: distinct(calls.map(({ responseModel }) => responseModel)),
      prompts: distinct(calls.map(({ promptVersion }) => promptVersion)),
      tools: distinct(calls.map(({ toolsHash }) => toolsHash)),
    },
  }
}

function distinct(values: readonly (string | null)[]): string[] {
  return [...new Set(values.filter((value) => value !== null))]
}
