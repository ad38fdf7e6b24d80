import type { VariantReport } from '../domain/verdict.ts'
import { createVariantDetector, launchLump, type DetectorStep, type VariantDetector } from '../statistics/index.ts'
import type { BaselineDocument } from './baseline-document.ts'
import type { BatchStatistics, VariantStatistics } from './batch-statistics.ts'
import { cappedExp } from './capped-evidence.ts'
import { sameDayDifferences, type TwoArms } from './same-day-difference.ts'
import { batchOf, streamsOf } from './streams.ts'
import { budgetOf, type DetectorIncident } from './watched-detector.ts'

/** What is known of one variant after a slot. */
export type VariantState = {
  readonly report: VariantReport
  /** This very slot raised the alarm. */
  readonly alarmedNow: boolean
}

/**
 * Compares every variant with control of the same slot (STATISTICS §20), by the streams that page. Deterministic, like
 * the watch over control, which it neither reads nor changes.
 */
export type VariantWatch = {
  run(slotAt: number, batch: BatchStatistics | null, incidents: readonly DetectorIncident[]): readonly VariantState[]
}

/** Slots over which a difference is told. */
const RUNS_COMPARED = 30
/** A variant without calls is shown for this many slots more, and one that comes back later begins anew. */
const SLOTS_REMEMBERED = 7
/** Variants expected in a year: each gets this part of the lump, so that all of them together stay near the budget. */
export const VARIANTS_A_YEAR = 12

type Watched = {
  readonly name: string
  detector: VariantDetector | null
  slots: (TwoArms & { readonly slotAt: number; readonly items: number })[]
  /** Slots of the detector's candidates. */
  candidateSlots: number[]
  newest: DetectorStep | null
  alarm: { readonly slotAt: number; readonly step: DetectorStep; readonly since: number } | null
  idle: number
}

export function createVariantWatch(baseline: BaselineDocument): VariantWatch {
  const streams = streamsOf(baseline, 'page')
  const budget = { runsPerYear: baseline.runsPerYear, falseAlarmsPerYear: budgetOf(baseline, 'page') }
  const firstLump = launchLump(budget.runsPerYear, budget.falseAlarmsPerYear) / VARIANTS_A_YEAR
  const watched = new Map<string, Watched>()

  const detectorWith = (lump: number): VariantDetector | null =>
    streams.length === 0
      ? null
      : createVariantDetector({ streams: streams.map(({ definition }) => definition), ...budget, lump })

  function enter(name: string): Watched {
    const known = watched.get(name)
    if (known !== undefined) return known
    const fresh: Watched = {
      name,
      detector: detectorWith(firstLump),
      slots: [],
      candidateSlots: [],
      newest: null,
      alarm: null,
      idle: 0,
    }
    watched.set(name, fresh)
    return fresh
  }

  /** After its incident was resolved a variant begins anew, without the weight of a launch. */
  function resume(one: Watched, slotAt: number, incidents: readonly DetectorIncident[]): void {
    const { alarm } = one
    if (alarm === null) return
    const incident = incidents.find((each) => each.variant === one.name && each.openedSlotAt === alarm.slotAt)
    if (incident === undefined || incident.resolvedSlotAt === null || incident.resolvedSlotAt >= slotAt) return
    one.alarm = null
    one.newest = null
    one.candidateSlots = []
    one.detector = detectorWith(0)
    if (incident.state !== 'false_alarm') one.slots = []
  }

  function observe(one: Watched, slotAt: number, batch: BatchStatistics, statistics: VariantStatistics): boolean {
    const arms = { variant: statistics.scores, control: batch.scores }
    one.slots = [...one.slots, { slotAt, items: statistics.items, ...arms }].slice(-RUNS_COMPARED)
    if (one.alarm !== null || one.detector === null) return false
    const step = one.detector.step(
      streams.map((stream) => {
        const variant = batchOf(stream, { scores: arms.variant })
        const control = batchOf(stream, { scores: arms.control })
        return variant === null || control === null ? null : { variant, control }
      }),
    )
    if (step === null) return false
    one.newest = step
    one.candidateSlots.push(slotAt)
    if (!step.pages) return false
    one.alarm = { slotAt, step, since: one.candidateSlots[step.onset] ?? slotAt }
    return true
  }

  return {
    run(slotAt, batch, incidents) {
      for (const one of watched.values()) {
        resume(one, slotAt, incidents)
        one.idle++
      }
      const alarmed = new Set<string>()
      for (const [name, statistics] of Object.entries(batch?.variants ?? {})) {
        if (batch === null || statistics.items === 0) continue
        const one = enter(name)
        one.idle = 0
        if (observe(one, slotAt, batch, statistics)) alarmed.add(name)
      }
      for (const [name, one] of watched) if (one.alarm === null && one.idle >= SLOTS_REMEMBERED) watched.delete(name)
      return [...watched.values()].map((one) => ({
        report: reportOf(one, baseline, slotAt, one.detector?.threshold ?? 0),
        alarmedNow: alarmed.has(one.name),
      }))
    },
  }
}

function reportOf(one: Watched, baseline: BaselineDocument, slotAt: number, threshold: number): VariantReport {
  const newest = one.slots.at(-1)
  const step = one.alarm?.step ?? one.newest
  const isBetter = one.alarm === null && step?.improved === true
  return {
    variant: one.name,
    samples: newest?.slotAt === slotAt ? newest.items : 0,
    lastSlotAt: newest?.slotAt ?? slotAt,
    evidence: step === null ? 0 : cappedExp(step.logGated),
    threshold,
    alarm: one.alarm !== null,
    improved: isBetter,
    sinceSlotAt: one.alarm?.since ?? (isBetter ? (one.candidateSlots[step.onset] ?? null) : null),
    runs: one.slots.length,
    differences: sameDayDifferences(baseline.scores, one.slots),
  }
}
