import { TidemarkError } from '../domain/errors.ts'
import { forget, type Forgotten, type ForgottenCount } from '../store/forget.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { forgetSentinelInputs } from '../store/sentinel-inputs.ts'

/** Whose texts go: those of a conversation, of a user, or one frozen input by the id of its example. */
export type ForgetRequest = Forgotten | { readonly example: string }
export type ForgetCount = ForgottenCount & {
  /** Frozen inputs whose text is gone; their scores stay in the baseline. */
  readonly frozenInputs: number
}

/**
 * Deletes records and the texts of frozen inputs. An agent may have frozen inputs of a harness and no call yet.
 * @throws {TidemarkError} `agent_unknown` for an agent that has neither
 */
export async function forgetTexts(
  db: StoreDatabase,
  agent: string,
  whose: ForgetRequest,
  now: number,
): Promise<ForgetCount> {
  const frozenInputs = await forgetSentinelInputs(db, agent, whose, now)
  if ('example' in whose) return { ...NO_RECORDS, frozenInputs }
  try {
    return { ...(await forget(db, agent, whose)), frozenInputs }
  } catch (error) {
    if (frozenInputs > 0 && error instanceof TidemarkError && error.code === 'agent_unknown')
      return { ...NO_RECORDS, frozenInputs }
    throw error
  }
}

const NO_RECORDS: ForgottenCount = { calls: 0, validations: 0, decisions: 0, reviewItems: 0 }
