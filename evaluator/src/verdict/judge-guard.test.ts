import { describe, expect, test } from 'vitest'
import { DAY, dayOfCalls, MONDAY } from '../../tests/call-records.ts'
import { withDefaultScores } from '../scoring/scored-call.ts'
import { mulberry32 } from '../statistics/index.ts'
import { freezeBaseline, type BaselineDocument } from './baseline-document.ts'
import { batchStatistics, type BatchStatistics } from './batch-statistics.ts'
import type { AnchorValue, FrozenAnchors } from './frozen-anchors.ts'
import { judgeSentence } from './judge-guard.ts'
import { createJudgeWatch } from './judge-watch.ts'
import { verdictOf } from './precedence.ts'
import { createWatch, type WatchState } from './watch.ts'
import type { DetectorIncident } from './watched-detector.ts'

const ANCHORS = 50
const CALLS = 100

/** Quality of the agent's outputs, what the judge takes off it, and how many of its outputs are invalid. */
type Day = { readonly quality: number; readonly strictness: number; readonly invalidEvery: number }
const USUAL: Day = { quality: 0.8, strictness: 0, invalidEvery: 25 }

describe('the anchors of a judge', () => {
  test('a judge that became stricter is the judge, on every day: nobody is paged about the agent', () => {
    const states = play(days(20, USUAL, { ...USUAL, strictness: 0.25 }))
    expect(alarmed(states)).toBe(true)
    expect(verdicts(states)).not.toContain('drift')
    expect(verdicts(states).at(-1)).toBe('judge_changed')
    expect(sentence(states)).toMatch(
      /^The judge moved, not the agent: on frozen outputs it now says helpfulness 0\.\d+ → 0\.\d+\. Without the judge's part production moved helpfulness by -?0\.\d+ ± 0\.\d+\.$/u,
    )
  })

  test('an agent that became worse is the agent', () => {
    const states = play(days(20, USUAL, { ...USUAL, quality: 0.5 }))
    expect(verdicts(states).at(-1)).toBe('drift')
    expect(states.at(-1)?.judge).toMatchObject({ changed: false })
    expect(sentence(states)).toBeNull()
  })

  test('both together are both: the page stays, the judge is said beside it', () => {
    const states = play(days(20, USUAL, { ...USUAL, quality: 0.5, strictness: 0.25 }))
    expect(verdicts(states).at(-1)).toBe('drift')
    expect(states.at(-1)?.judge).toMatchObject({ changed: true, agentChangedToo: true })
    expect(sentence(states)).toMatch(/^The judge moved as well, and does not explain it/u)
  })

  test('scores that need no judge page alone, also while the judge’s incident is open', () => {
    const stricter = { ...USUAL, strictness: 0.25 }
    const states = play([...days(20, USUAL, stricter), ...days(0, USUAL, { ...stricter, invalidEvery: 2 })])
    expect(verdicts(states).at(39)).toBe('judge_changed')
    expect(verdicts(states).at(-1)).toBe('drift')
  })

  test('nothing happens while judge and agent are as they were', () => {
    const states = play(days(60, USUAL, USUAL))
    expect(states.every(({ judge }) => judge?.changed === false)).toBe(true)
    expect(new Set(verdicts(states))).toEqual(new Set(['stable']))
  })

  test('one changed value of a scorer that cannot waver is proof', () => {
    const frozen: FrozenAnchors = {
      kind: 'score',
      isDeterministic: true,
      values: Array.from({ length: ANCHORS }, (_, anchor) => ({ anchor, value: 0.5 })),
    }
    const same = Array.from({ length: 10 }, (_, anchor) => ({ anchor, value: anchor === 0 ? null : 0.5 }))
    const states = play(days(2, USUAL, USUAL).slice(0, 3), {
      frozen,
      anchors: (day) => (day < 2 ? same : same.with(3, { anchor: 3, value: 0.51 })),
    })
    expect(states.map(({ judge }) => judge?.changed)).toEqual([false, false, true])
  })

  test('a judge that moved is a ticket once, and never opens a page', () => {
    const states = play(days(20, USUAL, { ...USUAL, strictness: 0.25 }))
    expect(states.filter(({ judge }) => judge?.alarmedNow)).toHaveLength(1)
    expect(states.some(({ pagesNow }) => pagesNow)).toBe(false)
  })

  test('a page opens on the day from which on the judge does not explain the loss any more', () => {
    const stricter = { ...USUAL, strictness: 0.25 }
    const states = play([...days(20, USUAL, stricter), ...days(0, USUAL, { ...stricter, invalidEvery: 2 })])
    const opened = states.flatMap(({ pagesNow }, day) => (pagesNow ? [day] : []))
    expect(opened).toHaveLength(1)
    expect(opened[0]).toBeGreaterThanOrEqual(40)
  })

  test('a judge that is put back does not turn what it explained into a page', () => {
    const states = play([...days(20, USUAL, { ...USUAL, strictness: 0.25 }), ...days(40, USUAL, USUAL)])
    expect(states.some(({ pagesNow }) => pagesNow)).toBe(false)
    expect(verdicts(states)).not.toContain('drift')
    expect(verdicts(states).at(-1)).toBe('judge_changed')
  })

  test.each([
    ['the judge was put back', USUAL, 'stable', 1],
    ['the judge is still another, and a ticket again', { ...USUAL, strictness: 0.25 }, 'judge_changed', 2],
  ] as const)('resolved as fixed it ends: %s', (_, after, verdict, tickets) => {
    const stricter = { ...USUAL, strictness: 0.25 }
    const alarm = play(days(20, USUAL, stricter)).findIndex(({ judge }) => judge?.alarmedNow === true)
    const ticket: DetectorIncident = {
      severity: 'ticket',
      state: 'fixed',
      openedSlotAt: slotOf(alarm + 1),
      resolvedSlotAt: slotOf(40),
    }
    const states = play([...days(20, USUAL, stricter), ...days(0, USUAL, after)], { incidents: [ticket] })
    expect(verdicts(states).at(39)).toBe('judge_changed')
    expect(verdicts(states).at(-1)).toBe(verdict)
    expect(states.filter(({ judge }) => judge?.alarmedNow)).toHaveLength(tickets)
    expect(states.some(({ pagesNow }) => pagesNow)).toBe(false)
  })

  test('what a failing tool costs is a ticket of its own while the judge is in question', () => {
    const stricter = { ...USUAL, strictness: 0.25 }
    const usual = play(days(20, USUAL, stricter)).at(-1)
    expect(usual?.judge?.unjudgedEvidence?.ticket).toBeLessThan(usual?.ticket?.report.threshold ?? 0)
    const missing = play(days(20, USUAL, stricter), { missingFrom: 30 }).at(-1)
    expect(missing?.judge?.unjudgedEvidence?.ticket).toBeGreaterThan(missing?.ticket?.report.threshold ?? Infinity)
  })

  test('a shift that is nothing beside the spread of production is none of the judge either', () => {
    const values = (shift: number): AnchorValue[] =>
      Array.from({ length: ANCHORS }, (_, anchor) => ({ anchor, value: anchor / ANCHORS + shift }))
    // the judge never wavers, so that its own spread is 0
    const frozen: FrozenAnchors = { kind: 'score', isDeterministic: false, values: [...values(0), ...values(0)] }
    const changed = (shift: number): boolean => {
      const guard = createJudgeWatch('helpfulness', frozen, { runsPerYear: 365, notices: 12, deviation: 0.3 })
      for (let day = 0; day < 20; day++) {
        const batch = { anchors: { helpfulness: values(day < 5 ? 0 : shift) } }
        guard.run({ slotAt: slotOf(day), batch })
      }
      return guard.changed
    }
    expect(changed(0.01)).toBe(false)
    expect(changed(0.1)).toBe(true)
  })

  test('a slot without anchors leaves the judge as it was seen last', () => {
    const states = play(days(3, USUAL, USUAL), { anchors: () => [] })
    expect(states.at(-1)?.judge).toMatchObject({ changed: false, shifts: [{ now: null }] })
  })
})

function days(unchanged: number, before: Day, after: Day): Day[] {
  return Array.from({ length: unchanged + 20 }, (_, day) => (day < unchanged ? before : after))
}

function play(
  played: readonly Day[],
  given: {
    readonly frozen?: FrozenAnchors
    readonly anchors?: (day: number) => readonly AnchorValue[]
    readonly incidents?: readonly DetectorIncident[]
    /** Day from which on a tenth of the judged outputs has no score. */
    readonly missingFrom?: number
  } = {},
): WatchState[] {
  const random = uniform(7)
  const baseline = baselineWith(random, given.frozen)
  const watch = createWatch(baseline)
  return played.map((day, index) => {
    const batch = batchOf(baseline, index + 1, day, random, index >= (given.missingFrom ?? Infinity))
    const values = given.anchors?.(index) ?? anchorValues(day.strictness, random)
    return watch.run(slotOf(index + 1), { ...batch, anchors: { helpfulness: values } }, given.incidents ?? [])
  })
}

const slotOf = (day: number): number => MONDAY + day * DAY

function baselineWith(random: () => number, frozen?: FrozenAnchors): BaselineDocument {
  const plain = freezeBaseline(
    withDefaultScores(dayOfCalls(MONDAY - DAY, { calls: 250, invalidEvery: USUAL.invalidEvery })),
    {
      agent: 'triage',
      version: 1,
      createdAt: MONDAY,
      expiresAt: MONDAY + 180 * DAY,
      window: { from: MONDAY - DAY, to: MONDAY },
      segments: ['gen_ai.operation.name'],
      runsPerYear: 365,
      falsePagesPerYear: 1,
      ticketsPerYear: 12,
      escalationLimits: [0.15],
    },
  )
  const repeats = [0, 1, 2].flatMap(() => anchorValues(0, random))
  return {
    ...plain,
    scores: [
      ...plain.scores,
      { ...plain.scores[0]!, name: 'helpfulness', kind: 'binary', direction: 'higher-better', detector: 'page' },
    ],
    statistics: { ...plain.statistics, helpfulness: judged(250, USUAL, random) },
    anchors: { helpfulness: frozen ?? { kind: 'binary', isDeterministic: false, values: repeats } },
  }
}

function batchOf(
  baseline: BaselineDocument,
  day: number,
  of: Day,
  random: () => number,
  isFailing: boolean,
): BatchStatistics {
  const batch = batchStatistics(
    withDefaultScores(dayOfCalls(slotOf(day - 1), { calls: CALLS, invalidEvery: of.invalidEvery })),
    [],
    {
      frozen: baseline.scores.filter(({ name }) => name !== 'helpfulness'),
      strata: baseline.strata,
      segments: baseline.segments,
    },
  )
  return { ...batch, scores: { ...batch.scores, helpfulness: judged(CALLS, of, random, isFailing ? CALLS / 10 : 0) } }
}

function judged(n: number, { quality, strictness }: Day, random: () => number, missing = 0) {
  const x = Array.from({ length: n }).filter(() => random() < quality - strictness).length
  return { kind: 'binary' as const, mean: [{ n, x }], missing: [{ n, x: missing }] }
}

/** Each anchor has a quality of its own; the judge's strictness takes the same off all. */
function anchorValues(strictness: number, random: () => number): AnchorValue[] {
  return Array.from({ length: ANCHORS }, (_, anchor) => ({
    anchor,
    value: random() < (anchor % 2 === 0 ? 0.95 : 0.6) - strictness ? 1 : 0,
  }))
}

function uniform(seed: number): () => number {
  const next = mulberry32(seed)
  return () => next() / 2 ** 32
}

function verdicts(states: readonly WatchState[]): string[] {
  return states.map(({ page, inputMixChanged, judge }) =>
    verdictOf({
      hasBaseline: true,
      items: CALLS,
      page: page?.report ?? null,
      ticket: null,
      escalationAlarm: false,
      inputMixChanged,
      judge,
      sentinel: null,
    }),
  )
}

function alarmed(states: readonly WatchState[]): boolean {
  return states.some(({ page }) => page?.report.alarm === true)
}

function sentence(states: readonly WatchState[]): string | null {
  const judge = states.at(-1)?.judge ?? null
  return judge === null ? null : judgeSentence(judge)
}
