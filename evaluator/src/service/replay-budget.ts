import type { TargetSettings } from '../target/target-settings.ts'
import type { BaselineDocument } from '../verdict/baseline-document.ts'
import { LEAST_SENTINELS, replayable, SENTINEL_SHARE } from '../verdict/replay-baseline.ts'

type ReplayBudget = { readonly sentinelShare: number; readonly warnings: readonly string[] }

/**
 * The part of both budgets that a new baseline sets aside for replays, frozen with it: half where a target without side effects
 * is configured and inputs can be replayed, else 0, and why.
 * @param kept inputs whose text is in the store
 */
export function replayBudget(
  document: Pick<BaselineDocument, 'sentinels'>,
  { kept, target }: { readonly kept: number; readonly target: TargetSettings | undefined },
): ReplayBudget {
  const inputs = Math.min(replayable(document).length, kept)
  if (target === undefined)
    return off('the configuration has no target with "sideEffects: none". Add one and freeze again.')
  if (target.sentinelPerDay === 0) return off('target.sentinelPerDay is 0.')
  if (inputs < LEAST_SENTINELS)
    return off(`${inputs} have three good runs and their text, ${LEAST_SENTINELS} are needed: harness --runs 3.`)
  return { sentinelShare: SENTINEL_SHARE, warnings: [] }
}

function off(why: string): ReplayBudget {
  return { sentinelShare: 0, warnings: [`Frozen inputs are not replayed: ${why}`] }
}
