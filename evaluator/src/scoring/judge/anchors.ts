import { createHash } from 'node:crypto'
import type { JudgeAnswer } from './judge-answer.ts'
import { judgeBatch, type BatchLease, type BatchLimits, type BatchResult } from './judge-batch.ts'
import type { Judge, JudgeItem } from './judge.ts'

/** Fewer frozen outputs cannot tell a judge that moved from one that wavers (STATISTICS §8). */
export const ANCHORS = 50
/** How often each anchor is judged at freeze: the spread between these is the judge's own. */
export const ANCHOR_REPEATS = 3

/**
 * The frozen yardstick of one judge: texts that never change, each with the values the judge gave it when the baseline was
 * frozen. What is judged differently later is the judge's doing.
 */
export type AnchorSet = {
  /** Of the judge at freeze. */
  readonly version: string
  readonly anchors: readonly Anchor[]
}

export type Anchor = {
  readonly id: string
  readonly item: JudgeItem
  /** Null where the judge gave no score. */
  readonly frozen: readonly (number | null)[]
}

/** One value of one anchor, `anchor` being its index in the set. */
export type AnchorValue = { readonly anchor: number; readonly value: number | null }

export type AnchorRun = BatchResult & { readonly values: readonly AnchorValue[] }

/**
 * Judges the anchors of a new baseline, each {@link ANCHOR_REPEATS} times. Like every batch it is resumable: `freeze` names the
 * baseline, so that a freeze that was killed goes on.
 */
export async function freezeAnchors(
  judge: Judge,
  items: readonly JudgeItem[],
  {
    freeze,
    limits,
    lease,
    key,
  }: { readonly freeze: string; readonly limits: BatchLimits; readonly lease?: BatchLease; readonly key: string },
): Promise<{ readonly set: AnchorSet; readonly batch: BatchResult }> {
  const chosen = lowestHashes(items, ANCHORS, `${key}/${freeze}`)
  const repeats = chosen.flatMap(({ record, parts }) =>
    Array.from({ length: ANCHOR_REPEATS }, (_, repeat) => ({ record: `anchor/${freeze}/${record}/${repeat}`, parts })),
  )
  const batch = await judgeBatch(judge, repeats, limits, lease)
  const anchors = chosen.map((item, index) => ({
    id: item.record,
    item,
    frozen: batch.answers.slice(index * ANCHOR_REPEATS, (index + 1) * ANCHOR_REPEATS).map(valueOf),
  }))
  return { set: { version: judge.version.id, anchors }, batch }
}

/**
 * Judges `count` of the anchors again, as part of the run `run`: a rotation in an order of the run's own, so that all are used
 * up before one comes twice. The same run asked twice is answered from the store.
 */
export async function rescoreAnchors(
  judge: Judge,
  { anchors }: AnchorSet,
  {
    run,
    turn,
    count,
    limits,
    lease,
  }: {
    /** Names the run: its slot. */
    readonly run: string
    /** Number of the run since the freeze, 0 for the first. */
    readonly turn: number
    readonly count: number
    readonly limits: BatchLimits
    readonly lease?: BatchLease
  },
): Promise<AnchorRun> {
  const chosen = rotation(anchors.length, turn, count)
  const items = chosen.map((index) => ({
    record: `anchor/${run}/${anchors[index]?.id ?? ''}`,
    parts: anchors[index]?.item.parts ?? [],
  }))
  const batch = await judgeBatch(judge, items, limits, lease)
  return {
    ...batch,
    values: chosen.map((anchor, i) => ({ anchor, value: valueOf(batch.answers[i]) })),
  }
}

/** Value of an answer that enters the statistics; null is missing, never 0. */
export function valueOf(answer: JudgeAnswer | undefined): number | null {
  return answer?.kind === 'scored' ? answer.value : null
}

/** Indexes of the anchors of one turn. Each round through all has an order of its own. */
function rotation(size: number, turn: number, count: number): number[] {
  const wanted = Math.min(count, size)
  return Array.from({ length: wanted }, (_, i) => {
    const position = turn * wanted + i
    const round = Math.floor(position / size)
    return shuffled(size, round)[position % size] ?? 0
  })
}

function shuffled(size: number, round: number): number[] {
  return Array.from({ length: size }, (_, index) => index).toSorted((a, b) =>
    digest(`${round}/${a}`) < digest(`${round}/${b}`) ? -1 : 1,
  )
}

function lowestHashes(items: readonly JudgeItem[], count: number, key: string): JudgeItem[] {
  return items
    .map((item) => ({ item, hash: digest(`${key}/${item.record}`) }))
    .toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
    .slice(0, count)
    .map(({ item }) => item)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
