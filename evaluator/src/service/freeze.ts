import type { AgentSettings } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { stillExcluded } from '../domain/excluded-window.ts'
import type { BaselineSummary } from '../domain/verdict.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import type { ScoredCall, ScoreValues } from '../scoring/scored-call.ts'
import { currentBaseline, type StoredBaseline } from '../store/baselines.ts'
import { excludedWindowsOf } from '../store/excluded-windows.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { promotionsOf } from '../store/planned-changes.ts'
import type { SentinelInput } from '../store/sentinel-inputs.ts'
import type { Window } from '../store/telemetry.ts'
import { freezeBaseline, readBaseline, type BaselineDocument } from '../verdict/baseline-document.ts'
import { freezeSentinels } from '../verdict/harness-baseline.ts'
import { judgeNames } from '../verdict/judge-changes.ts'
import { collectSample } from './collect-sample.ts'
import { keptInputs, readFinishedRun, type FinishedRun } from './finished-run.ts'
import { freezeJudges } from './judge-anchors.ts'
import { replayBudget } from './replay-budget.ts'
import { scoreItems, scoreMatured } from './score-items.ts'
import { baselineRequest, requireNoneInForce, storeBaseline } from './store-baseline.ts'
import type { Webhooks } from './webhooks.ts'

export type FreezeRequest = {
  readonly agent: string
  /** Window of production calls, epoch milliseconds. */
  readonly from: number
  readonly to: number
  /** Most examples to take, uniformly; 300 by default, at most 2,000. */
  readonly samples?: number
  /** Start a new version although one is in force. */
  readonly replace?: boolean
  /** Fewer examples than this make no version; 50 by default. */
  readonly minimum?: number
  /** Folder of a finished harness run, whose inputs are replayed against this version. */
  readonly sentinels?: string
  /** Who accepts the incidents of the version before. */
  readonly by?: string
}

/**
 * Freezes a production window into the next baseline version of an agent. Incidents against the version before are
 * accepted by it.
 * @throws {TidemarkError} `window_invalid`, `window_empty`, `baseline_too_small`, `baseline_exists`
 */
export async function freeze(
  db: StoreDatabase,
  settings: AgentSettings,
  scorers: AgentScorers,
  request: FreezeRequest,
  now: number,
  webhooks: Pick<Webhooks, 'tell'>,
): Promise<BaselineSummary> {
  requireWindow(request, now)
  const inForce = await currentBaseline(db, request.agent)
  requireNoneInForce(request.agent, inForce, request.replace ?? false)
  const window = { from: request.from, to: request.to }
  const sample = await collectSample(db, request.agent, {
    slotAt: request.to,
    window,
    size: samplesOf(request),
    watchedSince: request.from,
    key: request.agent,
    promotions: await promotionsOf(db, request.agent),
    excluded: stillExcluded(await excludedWindowsOf(db, request.agent)),
  })
  requireMinimum(sample.items.length, request)
  // before a judge is paid for
  const run = request.sentinels === undefined ? null : await readFinishedRun(request.agent, request.sentinels, scorers)
  const scored = await scoreItems(db, sample.items, {
    agent: request.agent,
    scorers,
    window,
    key: `${request.agent}/${request.to}`,
    signal: new AbortController().signal,
  })
  const mature = await withMatureScores(db, scored, { agent: request.agent, scorers, window, now })
  const version = (inForce?.version ?? 0) + 1
  const judged = await freezeJudges(scorers, mature, `${request.agent}/${version}/${request.from}/${request.to}`)
  const frozen = freezeBaseline(
    mature,
    baselineRequest(settings, { agent: request.agent, version, createdAt: now, window }),
    scorers.scorers,
  )
  const replayed = withSentinels(frozen, settings, { inForce, run })
  const document: BaselineDocument = {
    ...replayed.document,
    ...(judged.anchors === null ? {} : { anchors: judged.anchors }),
    ...(scorers.judges.size === 0 ? {} : { judges: judgeNames(scorers.judges) }),
    warnings: [...replayed.document.warnings, ...judged.warnings],
  }
  return await storeBaseline(db, document, {
    inForce,
    anchors: judged.texts,
    inputs: replayed.inputs,
    now,
    by: request.by ?? null,
    webhooks,
  })
}

/** The inputs of a harness run beside a window of production: the yardstick is production, each replay has its own runs. */
function withSentinels(
  frozen: BaselineDocument,
  settings: AgentSettings,
  { inForce, run }: { readonly inForce: StoredBaseline | null; readonly run: FinishedRun | null },
): { readonly document: BaselineDocument; readonly inputs: readonly SentinelInput[] } {
  if (run === null) {
    const wasReplayed = inForce !== null && (readBaseline(inForce.document).sentinelShare ?? 0) > 0
    const warnings = [...frozen.warnings, ...(wasReplayed ? [NO_REPLAYS] : [])]
    return { document: { ...frozen, warnings }, inputs: [] }
  }
  const { inputs, examples } = run
  const { sentinels, warnings } = freezeSentinels(inputs, frozen)
  const kept = keptInputs({ inputs, examples }, { sentinels }, settings)
  const replay = replayBudget({ sentinels }, { kept: kept.inputs.length, target: settings.target })
  return {
    document: {
      ...frozen,
      sentinels,
      sentinelShare: replay.sentinelShare,
      warnings: [...frozen.warnings, ...warnings, ...kept.warnings, ...replay.warnings],
    },
    inputs: kept.inputs,
  }
}

const NO_REPLAYS =
  'Frozen inputs were replayed against the version before, and are not against this one: ask them afresh (tidemark harness --runs 3) and freeze with --sentinels FOLDER.'

/** Adds the scores that come days later to the calls that are old enough; the others skip them. */
async function withMatureScores(
  db: StoreDatabase,
  calls: readonly ScoredCall[],
  { agent, scorers, window, now }: { agent: string; scorers: AgentScorers; window: Window; now: number },
): Promise<readonly ScoredCall[]> {
  const added = new Map<EvaluatedCall['call'], ScoreValues[]>()
  for (const lag of new Set(scorers.lags.values())) {
    if (lag === 0) continue
    const old = calls.filter(({ call }) => call.startedAt + lag <= now)
    const request = { agent, scorers, window, key: agent, signal: new AbortController().signal }
    for (const { call, scores } of await scoreMatured(db, old, request, lag))
      added.set(call, [...(added.get(call) ?? []), scores])
  }
  return calls.map((one) => ({
    ...one,
    scores: new Map([one.scores, ...(added.get(one.call) ?? [])].flatMap((values) => [...values])),
  }))
}

/** What the statistics are made for; more than the largest slot is no better yardstick, only a larger document. */
const DEFAULT_SAMPLES = 300
const MOST_SAMPLES = 2000

function samplesOf({ samples = DEFAULT_SAMPLES }: FreezeRequest): number {
  if (samples >= 1 && samples <= MOST_SAMPLES) return samples
  throw new TidemarkError(
    'argument_invalid',
    `A baseline of ${samples} examples was asked for.`,
    `Take 200 to 300, at most ${MOST_SAMPLES}.`,
  )
}

function requireMinimum(count: number, { agent, from, to, minimum = 0 }: FreezeRequest): void {
  if (count >= minimum) return
  throw new TidemarkError(
    'baseline_too_small',
    `Agent ${agent} has ${count} calls from ${timeText(from)} to ${timeText(to)}, and ${minimum} are needed.`,
    'Wait until there are as many. An acknowledged incident pages nobody meanwhile: tidemark incident ack ID.',
  )
}

function requireWindow({ from, to }: FreezeRequest, now: number): void {
  if (Number.isFinite(from) && Number.isFinite(to) && from < to && to <= now) return
  throw new TidemarkError(
    'window_invalid',
    `The window from ${timeText(from)} to ${timeText(to)} is empty, no time, or not over yet.`,
    'Give a start before the end and an end that has passed, such as --production 14d.',
  )
}

function timeText(time: number): string {
  return Number.isFinite(time) ? new Date(time).toISOString() : String(time)
}
