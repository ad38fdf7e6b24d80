import type { AgentSettings } from '../config.ts'
import type { BaselineSummary } from '../domain/verdict.ts'
import { journalHash } from '../harness/journal.ts'
import { redactText } from '../ingest/redact.ts'
import type { AgentScorers } from '../scoring/create-scorers.ts'
import { currentBaseline } from '../store/baselines.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import type { SentinelInput } from '../store/sentinel-inputs.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import { freezeHarness, type AskedInput } from '../verdict/harness-baseline.ts'
import { judgeNames } from '../verdict/judge-changes.ts'
import { baselineRequest, requireNoneInForce, storeBaseline } from './store-baseline.ts'
import { keptInputs, readFinishedRun } from './finished-run.ts'
import { freezeJudges } from './judge-anchors.ts'
import { replayBudget } from './replay-budget.ts'
import type { Webhooks } from './webhooks.ts'

export type FreezeHarnessRequest = {
  readonly agent: string
  readonly folder: string
  readonly replace?: boolean
  readonly by?: string | null
}

/**
 * Freezes a harness run into the next baseline version: its real examples, each with all its runs, and their texts where
 * the agent's content policy keeps them.
 * @throws {TidemarkError} `run_invalid`, `examples_invalid`, `baseline_too_small`, `baseline_exists`
 */
export async function freezeHarnessRun(
  db: StoreDatabase,
  settings: AgentSettings,
  scorers: AgentScorers,
  { agent, folder, replace, by = null }: FreezeHarnessRequest,
  now: number,
  webhooks: Pick<Webhooks, 'tell'>,
): Promise<BaselineSummary> {
  const { head, inputs, examples, results } = await readFinishedRun(agent, folder, scorers)
  const inForce = await currentBaseline(db, agent)
  requireNoneInForce(agent, inForce, replace ?? false)
  const times = results.map(({ result }) => result.at)
  const version = (inForce?.version ?? 0) + 1
  const run = journalHash(folder)
  const frozen = freezeHarness(
    inputs,
    baselineRequest(settings, {
      agent,
      version,
      createdAt: now,
      window: { from: head.at, to: Math.min(now, Math.max(...times)) },
    }),
    { run, definitions: scorers.scorers },
  )
  const kept = keptInputs({ inputs, examples }, frozen, settings)
  const judged = await freezeJudges(scorers, judgeable(inputs, kept.inputs, settings), `${agent}/${version}/${run}`)
  const replay = replayBudget(frozen, { kept: kept.inputs.length, target: settings.target })
  const document: BaselineDocument = {
    ...frozen,
    sentinelShare: replay.sentinelShare,
    ...(judged.anchors === null ? {} : { anchors: judged.anchors }),
    ...(scorers.judges.size === 0 ? {} : { judges: judgeNames(scorers.judges) }),
    warnings: [...frozen.warnings, ...judged.warnings, ...kept.warnings, ...replay.warnings],
  }
  return await storeBaseline(db, document, { inForce, anchors: judged.texts, inputs: kept.inputs, now, by, webhooks })
}

/** First runs whose texts may be kept as anchors: of kept inputs, with an output that the content policy leaves as it is. */
function judgeable(
  inputs: readonly AskedInput[],
  kept: readonly SentinelInput[],
  { content: { accept } }: AgentSettings,
): ScoredCall[] {
  const ids = new Set(kept.map(({ id }) => id))
  return inputs.flatMap(({ id, runs: [first] }) => {
    if (first === undefined || first.failure !== null || !ids.has(id)) return []
    const { output } = first.call.call
    const isKept = accept === 'all' || output === null || redactText(output) === output
    return isKept ? [{ ...first.call, scores: first.scores }] : []
  })
}
