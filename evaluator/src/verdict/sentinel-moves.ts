import type { ChangedInput, ReplayedInput, SentinelMove } from '../domain/sentinel.ts'
import type { BaselineDocument, FrozenScore } from './baseline-document.ts'
import type { FrozenRun } from './frozen-sentinels.ts'

const MOST_CHANGED = 10

/** Each score on the inputs that were replayed, then and now: the same inputs with the same weight on both sides. */
export function sentinelMoves(baseline: BaselineDocument, replays: readonly ReplayedInput[]): SentinelMove[] {
  const frozen = frozenRuns(baseline)
  return baseline.scores.flatMap((score) => {
    const pairs = replays.flatMap(({ id, failure, scores }) => {
      const now = scores[score.name]
      const before = valuesOf(frozen.get(id) ?? [], score)
      return failure !== null || now === undefined || now === null || before.length === 0 ? [] : [{ before, now }]
    })
    return pairs.length === 0 ? [] : [moveOf(score, pairs)]
  })
}

/** Inputs that always came out one way when they were frozen and another way in their newest replay; of scores that page. */
export function changedInputs(baseline: BaselineDocument, replays: readonly ReplayedInput[]): ChangedInput[] {
  const frozen = frozenRuns(baseline)
  const newest = new Map(replays.filter(({ failure }) => failure === null).map((replay) => [replay.id, replay]))
  const named = baseline.scores.filter(({ kind, detector }) => kind !== 'score' && detector === 'page')
  return [...newest.values()]
    .flatMap(({ id, scores }) =>
      named.flatMap((score) => {
        const now = scores[score.name]
        const [before, ...others] = new Set(valuesOf(frozen.get(id) ?? [], score))
        if (now === undefined || now === null || before === undefined || others.length > 0 || now === before) return []
        return isWorse(score, before, now) ? [{ id, score: score.name, before, now }] : []
      }),
    )
    .slice(0, MOST_CHANGED)
}

type Pair = { readonly before: readonly (number | string)[]; readonly now: number | string }

function moveOf(score: FrozenScore, pairs: readonly Pair[]): SentinelMove {
  const common = { score: score.name, unit: score.unit, replays: pairs.length }
  const mean = (numberOf: (value: number | string) => number): { before: number; now: number } => ({
    before: average(pairs.map(({ before }) => average(before.map(numberOf)))),
    now: average(pairs.map(({ now }) => numberOf(now))),
  })
  if (score.kind !== 'categorical') return { ...common, category: null, ...mean(Number) }
  const shares = [...new Set(pairs.map(({ now }) => now))].map((category) => ({
    category: String(category),
    ...mean((value) => (value === category ? 1 : 0)),
  }))
  const [grown] = shares.toSorted((a, b) => b.now - b.before - (a.now - a.before))
  return { ...common, category: grown?.category ?? null, before: grown?.before ?? 0, now: grown?.now ?? 0 }
}

function isWorse({ direction }: FrozenScore, before: number | string, now: number | string): boolean {
  if (direction === 'none' || typeof before === 'string' || typeof now === 'string') return true
  return direction === 'higher-better' ? now < before : now > before
}

function frozenRuns(baseline: BaselineDocument): Map<string, readonly FrozenRun[]> {
  return new Map((baseline.sentinels ?? []).map(({ id, runs }) => [id, runs.filter(({ failure }) => failure === null)]))
}

function valuesOf(runs: readonly FrozenRun[], { name }: FrozenScore): (number | string)[] {
  return runs.flatMap(({ scores }) => {
    const value = scores[name]
    return value === undefined || value === null ? [] : [value]
  })
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
