import { OUTPUT_SHAPES } from '@tidemark/instrumentation/semconv'
import { movedScores } from '../domain/moved-scores.ts'
import type { Example, ScoreReport, SegmentFinding } from '../domain/verdict.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { stratumOf } from './stratum.ts'

/** Examples shown of each window. */
export const EXAMPLES_SHOWN = 10

/** What distinguishes now from then, as a predicate on both sides. */
export type TellingTrait = {
  readonly about: string
  isTypicalOfBaseline(entry: EvaluatedCall): boolean
  isTypicalOfNow(entry: EvaluatedCall): boolean
}

/**
 * The trait that moved most: of the moved score with the strongest evidence, the category that grew and the one that shrank
 * most, or the failed against the passed, or the side to which the mean moved.
 */
export function tellingTrait(scores: readonly ScoreReport[]): TellingTrait {
  const [strongest] = movedScores(scores)
  if (strongest === undefined)
    return anyCall('No score moved by more than its tolerance; these calls show both windows.')
  switch (strongest.kind) {
    case 'categorical':
      return categoryTrait(strongest)
    case 'binary':
      return {
        about: `${strongest.name}: passed then, failed now.`,
        isTypicalOfBaseline: ({ validation }) => validation?.outcome === 'valid',
        isTypicalOfNow: ({ validation }) => validation !== null && validation.outcome !== 'valid',
      }
    case 'score':
      return anyCall(`${strongest.name} moved; these calls show both windows.`)
  }
}

/** The trait of what moved in one segment, on calls of that segment. `attributes` make up its name. */
export function traitInSegment(findings: readonly SegmentFinding[], attributes: readonly string[]): TellingTrait {
  const trait = tellingTrait(findings)
  const segment = findings[0]?.segment
  const isInSegment = (entry: EvaluatedCall): boolean => stratumOf(entry, attributes) === segment
  return {
    about: `In segment ${segment}: ${trait.about}`,
    isTypicalOfBaseline: (entry) => isInSegment(entry) && trait.isTypicalOfBaseline(entry),
    isTypicalOfNow: (entry) => isInSegment(entry) && trait.isTypicalOfNow(entry),
  }
}

/** Picks examples of both windows, for each one of now a baseline example of the same segment where there is one. */
export function pickExamples(
  trait: TellingTrait,
  baseline: readonly EvaluatedCall[],
  current: readonly EvaluatedCall[],
): { about: string; baseline: Example[]; current: Example[] } {
  const now = current.filter((entry) => trait.isTypicalOfNow(entry)).slice(0, EXAMPLES_SHOWN)
  const pool = baseline.filter((entry) => trait.isTypicalOfBaseline(entry))
  const then: EvaluatedCall[] = []
  for (const entry of now) {
    const free = pool.filter((one) => !then.includes(one))
    const partner = free.find((one) => one.call.segment === entry.call.segment) ?? free[0]
    if (partner !== undefined) then.push(partner)
  }
  return { about: trait.about, baseline: then.map(exampleOf), current: now.map(exampleOf) }
}

function categoryTrait(score: ScoreReport): TellingTrait {
  const then = score.baseline.shares ?? {}
  const now = score.current.shares ?? {}
  const moves = OUTPUT_SHAPES.map((shape) => ({ shape, move: (now[shape] ?? 0) - (then[shape] ?? 0) })).toSorted(
    (a, b) => b.move - a.move,
  )
  const grown = moves[0]
  const shrunk = moves.at(-1)
  if (grown === undefined || shrunk === undefined || grown.move <= 0)
    return anyCall(`${score.name} is as it was; these calls show both windows.`)
  return {
    about: `${score.name}: ${shrunk.shape} then, ${grown.shape} now.`,
    isTypicalOfBaseline: ({ call }) => call.outputShape === shrunk.shape,
    isTypicalOfNow: ({ call }) => call.outputShape === grown.shape,
  }
}

function anyCall(about: string): TellingTrait {
  return { about, isTypicalOfBaseline: () => true, isTypicalOfNow: () => true }
}

function exampleOf({ call, validation }: EvaluatedCall): Example {
  return {
    traceId: call.traceId,
    spanId: call.spanId,
    at: call.startedAt,
    segment: call.segment,
    outputShape: call.outputShape,
    outputCharacters: call.outputCharacters,
    validation: validation?.outcome ?? null,
    issues: validation?.issues ?? [],
    responseModel: call.responseModel,
    promptVersion: call.promptVersion,
    inputHash: call.inputHash,
    latencySeconds: call.latencySeconds,
    input: call.input,
    output: call.output,
  }
}
