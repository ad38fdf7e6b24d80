import { z } from 'zod'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import {
  freezeAnchors,
  judgedRecord,
  rescoreAnchors,
  ANCHORS,
  type Anchor,
  type BatchLimits,
  type JudgeItem,
} from '../scoring/judge/index.ts'
import { scorableOf } from '../scoring/scorable-record.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import { anchorsOf, type KeptAnchor } from '../store/judge-anchors.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { AnchorValue, FrozenAnchors } from '../verdict/frozen-anchors.ts'

/** Anchors with fewer than this many scores at freeze cannot tell a judge from an agent. */
const LEAST_ANCHORS = 20
/** A run judges its anchors beside its sample. */
const LIMITS: BatchLimits = { concurrency: 4, itemMilliseconds: 180_000, batchMilliseconds: 3_600_000 }

export type FrozenJudges = {
  /** For the baseline document; null where nothing is judged. */
  readonly anchors: Readonly<Record<string, FrozenAnchors>> | null
  /** For the store, with the baseline. */
  readonly texts: readonly KeptAnchor[]
  readonly warnings: readonly string[]
}

/** Judges the anchors of a new baseline: some of its own items, several times each. `freeze` names it, so that it can go on. */
export async function freezeJudges(
  { scorers, judges }: Pick<AgentScorers, 'scorers' | 'judges'>,
  items: readonly ScoredCall[],
  freeze: string,
): Promise<FrozenJudges> {
  const withText = items.flatMap((item) => judgedRecord(scorableOf(item)) ?? [])
  const anchors: Record<string, FrozenAnchors> = {}
  const texts: KeptAnchor[] = []
  const warnings: string[] = []
  for (const [score, judge] of judges) {
    const { set } = await freezeAnchors(judge, withText, { freeze: `${freeze}/${score}`, limits: LIMITS, key: freeze })
    const kept = set.anchors.filter(({ frozen }) => frozen.some((value) => value !== null))
    if (kept.length < LEAST_ANCHORS) {
      warnings.push(
        `The judge of ${score} has ${kept.length} anchors, ${LEAST_ANCHORS} to ${ANCHORS} are needed: when it changes it looks like the agent.`,
      )
      continue
    }
    if (kept.length < ANCHORS)
      warnings.push(
        `The judge of ${score} has ${kept.length} anchors, ${ANCHORS} are recommended: a small change of it is seen late.`,
      )
    const kind = scorers.find(({ name }) => name === score)?.kind
    anchors[score] = {
      kind: kind === 'binary' ? 'binary' : 'score',
      isDeterministic: false,
      values: kept.flatMap(({ frozen }, anchor) => frozen.map((value) => ({ anchor, value }))),
    }
    texts.push(...kept.map(({ item }, anchor) => keptAnchor(score, anchor, item)))
  }
  return { anchors: Object.keys(anchors).length === 0 ? null : anchors, texts, warnings }
}

/** What the judges of now say of the anchors of a baseline, by score. A run that is repeated pays nothing again. */
export async function rescoreJudges(
  db: StoreDatabase,
  baseline: string,
  { judges }: Pick<AgentScorers, 'judges'>,
  { slotAt, signal }: { readonly slotAt: number; readonly signal: AbortSignal },
): Promise<Record<string, readonly AnchorValue[]>> {
  const values: Record<string, readonly AnchorValue[]> = {}
  if (judges.size === 0) return values
  const kept = Map.groupBy(await anchorsOf(db, baseline), ({ score }) => score)
  for (const [score, judge] of judges) {
    const own = kept.get(score) ?? []
    if (own.length === 0) continue
    const anchors = own.map(readAnchor)
    const run = await rescoreAnchors(
      judge,
      { version: judge.version.id, anchors },
      { run: `${baseline}/${slotAt}`, turn: 0, count: anchors.length, limits: { ...LIMITS, signal } },
    )
    // an index in the set is that of its row, whose own index is the baseline's
    values[score] = run.values.map(({ anchor, value }) => ({ anchor: own[anchor]?.anchor ?? anchor, value }))
  }
  return values
}

function keptAnchor(score: string, anchor: number, { record, parts }: JudgeItem): KeptAnchor {
  const [traceId = '', spanId = ''] = record.split('/')
  return { score, anchor, traceId, spanId, parts: JSON.stringify(parts) }
}

const parts = z.array(z.object({ title: z.string(), text: z.string() }))

function readAnchor({ traceId, spanId, parts: json }: KeptAnchor): Anchor {
  const record = `${traceId}/${spanId}`
  return { id: record, item: { record, parts: parts.parse(JSON.parse(json)) }, frozen: [] }
}
