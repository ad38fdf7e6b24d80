import { TidemarkError } from '../domain/errors.ts'
import type { VerdictRecord } from '../domain/verdict.ts'
import type { ServicePort } from './port.ts'

/**
 * The verdict of a slot, by default of the newest.
 * @throws {TidemarkError} `agent_unknown` when the agent has no verdict at all, `window_empty` when that slot has none
 */
export async function verdictOf(
  service: Pick<ServicePort, 'verdict'>,
  agent: string,
  slotAt: number | undefined,
): Promise<VerdictRecord> {
  const verdict = await service.verdict(agent, slotAt)
  if (verdict !== undefined) return verdict
  const newest = slotAt === undefined ? undefined : await service.verdict(agent)
  if (slotAt === undefined || newest === undefined)
    throw new TidemarkError(
      'agent_unknown',
      `There is no verdict on an agent ${agent} yet.`,
      'Check the name in /api/agents; a verdict comes with the first scheduled run after a baseline was frozen.',
    )
  throw new TidemarkError(
    'window_empty',
    `There is no verdict on ${agent} for the slot ${new Date(slotAt).toISOString()}.`,
    `The newest slot is ${new Date(newest.slotAt).toISOString()}; /api/agents/${encodeURIComponent(agent)}/verdicts lists the slots.`,
  )
}
