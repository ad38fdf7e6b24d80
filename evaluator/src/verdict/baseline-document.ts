import { createHash } from 'node:crypto'
import type { Severity } from '@tidemark/instrumentation/semconv'
import { TidemarkError } from '../domain/errors.ts'
import type { Direction, ScoreKind } from '../domain/verdict.ts'
import { DESCRIPTOR_SCORES, type DescriptorScore } from '../scoring/descriptor-scores.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { shapeCuts } from '../statistics/index.ts'
import {
  scoredItems,
  scoreStatistics,
  valueCounts,
  type ScoreStatistics,
  type ValueCounts,
} from './batch-statistics.ts'
import type { FrozenAnchors } from './frozen-anchors.ts'
import { extendStrata, stratumIndex, stratumOf } from './stratum.ts'

/** A score as it was frozen: what it is, and the transforms that every later batch goes through. */
export type FrozenScore = {
  readonly name: string
  readonly kind: ScoreKind
  readonly direction: Direction
  readonly detector: Severity
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
  readonly format: 1 | 2
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
  readonly warnings: readonly string[]
}

export type BaselineItem = {
  readonly traceId: string
  readonly spanId: string
  readonly stratum: number
  readonly inputHash: string | null
  readonly conversationId: string | null
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
 * Freezes items into a baseline.
 * @throws {TidemarkError} `window_empty`, `baseline_too_small`
 */
export function freezeBaseline(items: readonly EvaluatedCall[], request: BaselineRequest): BaselineDocument {
  requireEnough(items.length, request)
  const names = items.map((item) => stratumOf(item, request.segments))
  const strata = extendStrata([], names.toSorted())
  const indexes = names.map((name) => stratumIndex(strata, name))
  const warnings: string[] = []
  if (items.length < RECOMMENDED_SAMPLES)
    warnings.push(`${items.length} examples find only large changes; ${RECOMMENDED_SAMPLES} to 300 are recommended.`)
  const scores: FrozenScore[] = []
  const statistics: Record<string, ScoreStatistics> = {}
  for (const definition of DESCRIPTOR_SCORES) {
    const scored = scoredItems(definition, items, indexes)
    const present = scored.map(({ value }) => value).filter((value) => value !== null)
    if (present.length < items.length * (1 - LARGEST_MISSING_SHARE)) {
      warnings.push(`${definition.name} is not watched: ${present.length} of ${items.length} examples have it.`)
      continue
    }
    const frozen = freezeScore(definition, present)
    scores.push(frozen)
    statistics[definition.name] = scoreStatistics(definition, scored, frozen)
  }
  const itemsByStratum = strata.map((_, stratum) => indexes.filter((index) => index === stratum).length)
  return {
    format: 2,
    ...request,
    strata,
    itemsByStratum,
    scores,
    statistics,
    watchedSegments: largestSegments(itemsByStratum),
    slowDriftShare: SLOW_DRIFT_SHARE,
    values: valueCounts(items),
    items: items.map(({ call }, i) => ({
      traceId: call.traceId,
      spanId: call.spanId,
      stratum: indexes[i] ?? 0,
      inputHash: call.inputHash,
      conversationId: call.conversationId,
    })),
    warnings,
  }
}

/**
 * Reads a stored document. One of format 1 was frozen without segment copies and without a budget for slow drift, and
 * goes on without them, so that what was published against it can still be recomputed.
 */
export function readBaseline(text: string): BaselineDocument {
  const document: BaselineDocument = JSON.parse(text)
  return document.format === 1 ? { ...document, watchedSegments: [], slowDriftShare: 0 } : document
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

function freezeScore(definition: DescriptorScore, present: readonly number[]): FrozenScore {
  const { name, kind, direction, detector } = definition
  if (kind !== 'score') return { name, kind, direction, detector, sorted: [], cuts: [] }
  const sorted = present.toSorted((a, b) => a - b)
  return { name, kind, direction, detector, sorted, cuts: shapeCuts(sorted) }
}
