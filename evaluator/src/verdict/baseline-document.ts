import { createHash } from 'node:crypto'
import { TidemarkError } from '../domain/errors.ts'
import { DEFAULT_DEFINITIONS, type ScoredCall } from '../scoring/scored-call.ts'
import type { ScoreDefinition } from '../scoring/scorer.ts'
import { comparedOnScale } from '../scoring/score-scale.ts'
import { type OverdispersionPrior, shapeCuts } from '../statistics/index.ts'
import {
  OTHER_CATEGORY,
  scoredItems,
  scoreStatistics,
  valueCounts,
  type ScoreStatistics,
  type ValueCounts,
} from './batch-statistics.ts'
import type { FrozenAnchors } from './frozen-anchors.ts'
import type { FrozenSentinel, HarnessSource } from './frozen-sentinels.ts'
import { extendStrata, stratumIndex, stratumOf } from './stratum.ts'

/** A score as it was frozen: what it is, and the transforms that every later batch goes through. */
export type FrozenScore = ScoreDefinition & {
  /** Baseline values in ascending order, for ranks; only of scores. */
  readonly sorted: readonly number[]
  /** Quintiles of the baseline; only of scores. */
  readonly cuts: readonly number[]
}

/** What a baseline is made for; times in epoch milliseconds. */
export type BaselineRequest = {
  readonly agent: string
  readonly version: number
  readonly createdAt: number
  readonly expiresAt: number
  readonly window: { readonly from: number; readonly to: number }
  readonly segments: readonly string[]
  readonly runsPerYear: number
  readonly falsePagesPerYear: number
  readonly ticketsPerYear: number
  readonly escalationLimits: readonly number[]
}

/** The frozen yardstick of one agent. Its JSON text is hashed into the id and never edited. */
export type BaselineDocument = BaselineRequest & {
  readonly format: 1 | 2 | 3
  readonly strata: readonly string[]
  readonly itemsByStratum: readonly number[]
  readonly scores: readonly FrozenScore[]
  readonly statistics: Readonly<Record<string, ScoreStatistics>>
  /** Indexes of the strata that the ticket detector also watches alone. */
  readonly watchedSegments: readonly number[]
  /** Part of the ticket budget that the comparison with the frozen baseline may spend; 0: it opens no ticket. */
  readonly slowDriftShare: number
  readonly values: ValueCounts
  readonly items: readonly BaselineItem[]
  /** By judged score; absent where nothing is judged. */
  readonly anchors?: Readonly<Record<string, FrozenAnchors>>
  /** Names of the judges by their scores; absent where nothing is judged. */
  readonly judges?: Readonly<Record<string, string>>
  /** Frozen inputs with their runs, for replay and for the gate; absent where they were not made. */
  readonly sentinels?: readonly FrozenSentinel[]
  /** Part of both budgets that the replay of `sentinels` may spend; absent or 0: they are not replayed. */
  readonly sentinelShare?: number
  /** Of the streams' variance inflation. Only the yardstick of replays has one of its own; it is never stored. */
  readonly overdispersionPrior?: OverdispersionPrior
  /** Absent for a window of production. */
  readonly source?: HarnessSource
  readonly warnings: readonly string[]
}

export type BaselineItem = {
  readonly traceId: string
  readonly spanId: string
  readonly stratum: number
  readonly inputHash: string | null
  readonly conversationId: string | null
  /** Values when it was frozen; absent from documents before format 3. */
  readonly scores?: Readonly<Record<string, number | string | null>>
}

/** Fewer are no baseline at all. */
export const MINIMUM_SAMPLES = 50
/** Fewer find only large changes. */
export const RECOMMENDED_SAMPLES = 200
/** A segment with fewer baseline items is too small to be judged alone (STATISTICS §12). */
export const SEGMENT_MINIMUM_SAMPLES = 20
/** The largest segments that are watched alone; each more takes evidence from the others, and time from every run. */
const SEGMENTS_WATCHED = 10
/** One ticket in twelve may come from the comparison with the frozen baseline. */
const SLOW_DRIFT_SHARE = 1 / 12
/** A score that most baseline items lack cannot be compared. */
const LARGEST_MISSING_SHARE = 0.5

/**
 * Freezes items into a baseline, with the scores of these definitions.
 * @throws {TidemarkError} `window_empty`, `baseline_too_small`
 */
export function freezeBaseline(
  items: readonly ScoredCall[],
  request: BaselineRequest,
  definitions: readonly ScoreDefinition[] = DEFAULT_DEFINITIONS,
): BaselineDocument {
  requireEnough(items.length, request)
  const names = items.map((item) => stratumOf(item, request.segments))
  const strata = extendStrata([], names.toSorted())
  const indexes = names.map((name) => stratumIndex(strata, name))
  const warnings: string[] = []
  if (items.length < RECOMMENDED_SAMPLES)
    warnings.push(`${items.length} examples find only large changes; ${RECOMMENDED_SAMPLES} to 300 are recommended.`)
  const scores: FrozenScore[] = []
  const statistics: Record<string, ScoreStatistics> = {}
  for (const definition of definitions) {
    const meant = items.filter(({ scores: values }) => values.has(definition.name))
    const present = meant.filter(({ scores: values }) => isPresent(definition, values.get(definition.name)))
    if (meant.length === 0 || present.length < meant.length * (1 - LARGEST_MISSING_SHARE)) {
      warnings.push(`${definition.name} is not watched: ${present.length} of ${meant.length} examples have it.`)
      continue
    }
    if (present.length < MINIMUM_SAMPLES)
      warnings.push(`${definition.name} is compared with ${present.length} examples only: it finds large changes.`)
    const frozen = freezeScore(definition, present)
    scores.push(frozen)
    statistics[definition.name] = scoreStatistics(frozen, scoredItems(frozen, items, indexes))
  }
  const itemsByStratum = strata.map((_, stratum) => indexes.filter((index) => index === stratum).length)
  return {
    format: 3,
    ...request,
    strata,
    itemsByStratum,
    scores,
    statistics,
    watchedSegments: largestSegments(itemsByStratum),
    slowDriftShare: SLOW_DRIFT_SHARE,
    values: valueCounts(items),
    items: items.map(({ call, scores: values }, i) => ({
      traceId: call.traceId,
      spanId: call.spanId,
      stratum: indexes[i] ?? 0,
      inputHash: call.inputHash,
      conversationId: call.conversationId,
      scores: Object.fromEntries(values),
    })),
    warnings,
  }
}

/**
 * Reads a stored document, so that what was published against it can still be recomputed. One of format 1 was frozen without
 * segment copies and without a budget for slow drift, and goes on without them; before format 3 all scores were the default
 * ones, which did not say what they are.
 */
export function readBaseline(text: string): BaselineDocument {
  const document: BaselineDocument = JSON.parse(text)
  if (document.format === 3) return document
  const read = {
    ...document,
    scores: document.scores.map((score) => ({
      ...DEFAULT_DEFINITIONS.find(({ name }) => name === score.name),
      ...score,
    })),
  }
  return document.format === 1 ? { ...read, watchedSegments: [], slowDriftShare: 0 } : read
}

/** First 16 hex digits of the SHA-256 of the document's text. */
export function baselineId(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}

function requireEnough(count: number, { agent, window }: BaselineRequest): void {
  const span = `${new Date(window.from).toISOString()} to ${new Date(window.to).toISOString()}`
  if (count === 0)
    throw new TidemarkError(
      'window_empty',
      `Agent ${agent} has no successful production call from ${span}.`,
      'Widen the window with --production, or look at the first and last call with "tidemark check".',
    )
  if (count < MINIMUM_SAMPLES)
    throw new TidemarkError(
      'baseline_too_small',
      `Agent ${agent} has ${count} calls from ${span}, a baseline needs ${MINIMUM_SAMPLES} and is good from ${RECOMMENDED_SAMPLES}.`,
      'Widen the window with --production, or wait for more traffic.',
    )
}

/** Indexes in ascending order; none where all items lie in one segment, whose copy would say the same twice. */
function largestSegments(itemsByStratum: readonly number[]): number[] {
  if (itemsByStratum.length < 2) return []
  return itemsByStratum
    .map((items, stratum) => ({ items, stratum }))
    .filter(({ items }) => items >= SEGMENT_MINIMUM_SAMPLES)
    .toSorted((a, b) => b.items - a.items || a.stratum - b.stratum)
    .slice(0, SEGMENTS_WATCHED)
    .map(({ stratum }) => stratum)
    .toSorted((a, b) => a - b)
}

/** Whether an item has a value that can be compared. */
function isPresent({ scale }: ScoreDefinition, value: number | string | null | undefined): boolean {
  return typeof value === 'number' ? comparedOnScale(value, scale) !== null : value !== null
}

function freezeScore(definition: ScoreDefinition, present: readonly ScoredCall[]): FrozenScore {
  const named = present.map(({ scores }) => scores.get(definition.name) ?? null)
  const learned =
    definition.kind === 'categorical' && definition.categories.length === 0
      ? { ...definition, categories: learnedCategories(named) }
      : definition
  if (learned.kind !== 'score') return { ...definitionOf(learned), sorted: [], cuts: [] }
  const sorted = named
    .map((value) => (typeof value === 'number' ? comparedOnScale(value, learned.scale) : null))
    .filter((value) => value !== null)
    .toSorted((a, b) => a - b)
  return { ...definitionOf(learned), sorted, cuts: shapeCuts(sorted) }
}

/** A scorer is a definition and more. */
function definitionOf(scorer: ScoreDefinition): ScoreDefinition {
  const { name, kind, direction, detector, unit, scale, categories, version } = scorer
  return { name, kind, direction, detector, unit, scale, categories, version }
}

/** With `other` as many as a metric has bins. */
const CATEGORIES_LEARNED = 9
/** What is rarer in a baseline is left to chance. */
const SMALLEST_CATEGORY_SHARE = 0.01

/** The usual values of a baseline, the most frequent first, and `other` for the rest and for what is still to come. */
function learnedCategories(values: readonly (number | string | null)[]): string[] {
  const counts = new Map<string, number>()
  for (const value of values) if (typeof value === 'string') counts.set(value, (counts.get(value) ?? 0) + 1)
  const usual = [...counts]
    .filter(([value, count]) => value !== OTHER_CATEGORY && count >= values.length * SMALLEST_CATEGORY_SHARE)
    .toSorted(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .map(([value]) => value)
  return [...usual.slice(0, CATEGORIES_LEARNED), OTHER_CATEGORY]
}
