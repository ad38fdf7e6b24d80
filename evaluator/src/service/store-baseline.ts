import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { BaselineSummary } from '../domain/verdict.ts'
import { runsPerYear } from '../schedule/cadence.ts'
import { detectableEffects, effectInPoints } from '../statistics/index.ts'
import { insertBaseline, type StoredBaseline } from '../store/baselines.ts'
import { acceptIncidents } from '../store/incidents.ts'
import { insertAnchors, type KeptAnchor } from '../store/judge-anchors.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { insertSentinelInputs, type SentinelInput } from '../store/sentinel-inputs.ts'
import { newestSlot } from '../store/slots.ts'
import { inTransaction } from '../store/transaction.ts'
import { baselineId, readBaseline, type BaselineDocument, type BaselineRequest } from '../verdict/baseline-document.ts'
import { scoreWindow } from '../verdict/score-window.ts'
import { streamsOf } from '../verdict/streams.ts'
import { budgetOf } from '../verdict/watched-detector.ts'
import type { Webhooks } from './webhooks.ts'

const DAY = 86_400_000

/** @throws {TidemarkError} `baseline_exists` where one is in force and shall not be replaced */
export function requireNoneInForce(agent: string, inForce: StoredBaseline | null, mayReplace: boolean): void {
  if (inForce === null || mayReplace) return
  throw new TidemarkError(
    'baseline_exists',
    `Agent ${agent} has baseline version ${inForce.version} (${inForce.id}) in force.`,
    'A new version restarts the watch: freeze with --replace if that is what you want.',
  )
}

/** What a new version is frozen with: the settings of now, whatever they become. */
export function baselineRequest(
  settings: AgentSettings,
  version: Pick<BaselineRequest, 'agent' | 'version' | 'createdAt' | 'window'>,
): BaselineRequest {
  return {
    ...version,
    expiresAt: version.createdAt + settings.baseline.expiryDays * DAY,
    segments: settings.segments,
    runsPerYear: runsPerYear(settings.schedule.cadence),
    falsePagesPerYear: settings.paging.falsePagesPerYear,
    ticketsPerYear: settings.paging.ticketsPerYear,
    escalationLimits: settings.paging.escalationLimits,
  }
}

/**
 * Stores a document under the hash of its text, with the texts that belong to it, and accepts the incidents of the version
 * before, in one transaction.
 * @throws {TidemarkError} `baseline_exists`
 */
export async function storeBaseline(
  db: StoreDatabase,
  document: BaselineDocument,
  {
    inForce,
    anchors,
    inputs,
    now,
    by,
    webhooks,
  }: {
    readonly inForce: StoredBaseline | null
    readonly anchors: readonly KeptAnchor[]
    readonly inputs: readonly SentinelInput[]
    readonly now: number
    /** Who accepts the incidents of the version before. */
    readonly by: string | null
    readonly webhooks: Pick<Webhooks, 'tell'>
  },
): Promise<BaselineSummary> {
  const text = JSON.stringify(document)
  const stored: StoredBaseline = {
    id: baselineId(text),
    agent: document.agent,
    version: document.version,
    createdAt: document.createdAt,
    expiresAt: document.expiresAt,
    document: text,
  }
  const resolvedSlotAt = await newestSlot(db, document.agent)
  await inTransaction(db, async (transaction) => {
    await insertBaseline(transaction, stored)
    await insertAnchors(transaction, { agent: stored.agent, baseline: stored.id }, anchors)
    await insertSentinelInputs(transaction, { agent: stored.agent, baseline: stored.id }, inputs)
    if (inForce === null) return
    for (const { resolvedSlotAt: _, ...incident } of await acceptIncidents(transaction, inForce.id, {
      at: now,
      resolvedSlotAt,
      by,
    }))
      await webhooks.tell(transaction, { event: 'incident.changed', incident }, now)
  })
  return summariseBaseline(stored)
}

/** A stored baseline as people and metrics see it, with what it can find. */
export function summariseBaseline(stored: StoredBaseline): BaselineSummary {
  const document = readBaseline(stored.document)
  return {
    id: stored.id,
    agent: stored.agent,
    version: stored.version,
    createdAt: stored.createdAt,
    expiresAt: stored.expiresAt,
    samples: document.items.length,
    windowStart: document.window.from,
    windowEnd: document.window.to,
    minimumDetectableEffect: smallestShifts(document),
    rates: document.scores.flatMap(({ name, kind }) => (kind === 'binary' ? [name] : [])),
    warnings: document.warnings,
    ...judgeAnchors(document),
  }
}

/** How many anchors each judge has; 0 without a guard. */
function judgeAnchors({ judges, anchors = {} }: BaselineDocument): Pick<BaselineSummary, 'judgeAnchors'> {
  const scores = Object.keys(judges ?? anchors)
  if (scores.length === 0) return {}
  const count = (score: string): number => new Set(anchors[score]?.values.map(({ anchor }) => anchor)).size
  return { judgeAnchors: Object.fromEntries(scores.map((score) => [score, count(score)])) }
}

/** Per score the smallest shift present at launch that is found with 90 % power: points of a rate, baseline sd otherwise. */
function smallestShifts(document: BaselineDocument): Record<string, number | null> {
  const shifts: Record<string, number | null> = {}
  for (const severity of ['page', 'ticket'] as const) {
    for (const { score, stream, segment, definition } of streamsOf(document, severity)) {
      if (stream !== 'mean' || segment !== null) continue
      const frozen = document.scores.find(({ name }) => name === score)
      if (frozen === undefined) continue
      const { samples, mean } = scoreWindow(frozen, document.statistics[score])
      shifts[score] = null
      // a judge gives its score to some of the items
      if (samples === 0) continue
      const { launch, launchIsDetectable } = detectableEffects({
        baselineItems: samples,
        runsPerYear: document.runsPerYear,
        falsePagesPerYear: budgetOf(document, severity),
        weight: definition.weight,
        ...(definition.direction === 'none' ? { pagingShare: 0.5 } : {}),
      })
      if (launch === null || !launchIsDetectable) continue
      shifts[score] = frozen.kind === 'binary' ? effectInPoints(launch, insideRate(mean ?? 0, samples)) : launch
    }
  }
  return shifts
}

/** A rate of 0 or 1 in a sample is none of the agent: half an item inside, or any shift of it would be found. */
function insideRate(rate: number, samples: number): number {
  const edge = 0.5 / (samples + 1)
  return Math.min(1 - edge, Math.max(edge, rate))
}
