import { movedScores } from '../domain/moved-scores.ts'
import type { Example, ScoreReport, SegmentFinding } from '../domain/verdict.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import { OTHER_CATEGORY } from './batch-statistics.ts'
import { stratumOf } from './stratum.ts'

/** Examples shown of each window. */
export const EXAMPLES_SHOWN = 10

/** What distinguishes now from then, as a predicate on both sides. */
export type TellingTrait = {
  readonly about: string
  isTypicalOfBaseline(entry: ScoredCall): boolean
  isTypicalOfNow(entry: ScoredCall): boolean
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
      return passedTrait(strongest)
    case 'score':
      return anyCall(`${strongest.name} moved; these calls show both windows.`)
  }
}

/** The trait of what moved in one segment, on calls of that segment. `attributes` make up its name. */
export function traitInSegment(findings: readonly SegmentFinding[], attributes: readonly string[]): TellingTrait {
  const trait = tellingTrait(findings)
  const segment = findings[0]?.segment
  const isInSegment = (entry: ScoredCall): boolean => stratumOf(entry, attributes) === segment
  return {
    about: `In segment ${segment}: ${trait.about}`,
    isTypicalOfBaseline: (entry) => isInSegment(entry) && trait.isTypicalOfBaseline(entry),
    isTypicalOfNow: (entry) => isInSegment(entry) && trait.isTypicalOfNow(entry),
  }
}

/** Picks examples of both windows, for each one of now a baseline example of the same segment where there is one. */
export function pickExamples(
  trait: TellingTrait,
  baseline: readonly ScoredCall[],
  current: readonly ScoredCall[],
): { about: string; baseline: Example[]; current: Example[] } {
  const now = current.filter((entry) => trait.isTypicalOfNow(entry)).slice(0, EXAMPLES_SHOWN)
  const pool = baseline.filter((entry) => trait.isTypicalOfBaseline(entry))
  const then: ScoredCall[] = []
  for (const entry of now) {
    const free = pool.filter((one) => !then.includes(one))
    const partner = free.find((one) => one.call.segment === entry.call.segment) ?? free[0]
    if (partner !== undefined) then.push(partner)
  }
  return { about: trait.about, baseline: then.map(exampleOf), current: now.map(exampleOf) }
}

function passedTrait({ name, direction }: ScoreReport): TellingTrait {
  const good = direction === 'lower-better' ? 0 : 1
  return {
    about: `${name}: passed then, failed now.`,
    isTypicalOfBaseline: ({ scores }) => scores.get(name) === good,
    isTypicalOfNow: ({ scores }) => scores.get(name) === 1 - good,
  }
}

function categoryTrait({ name, baseline, current }: ScoreReport): TellingTrait {
  const then = baseline.shares ?? {}
  const now = current.shares ?? {}
  const categories = [...new Set([...Object.keys(then), ...Object.keys(now)])]
  const moves = categories
    .map((category) => ({ category, move: (now[category] ?? 0) - (then[category] ?? 0) }))
    .toSorted((a, b) => b.move - a.move)
  const grown = moves[0]
  const shrunk = moves.at(-1)
  if (grown === undefined || shrunk === undefined || grown.move <= 0)
    return anyCall(`${name} is as it was; these calls show both windows.`)
  const isIn = (category: string, value: number | string | null | undefined): boolean =>
    value === category || (category === OTHER_CATEGORY && typeof value === 'string' && !categories.includes(value))
  return {
    about: `${name}: ${shrunk.category} then, ${grown.category} now.`,
    isTypicalOfBaseline: ({ scores }) => isIn(shrunk.category, scores.get(name)),
    isTypicalOfNow: ({ scores }) => isIn(grown.category, scores.get(name)),
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
