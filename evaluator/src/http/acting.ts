import type { Context } from 'hono'
import { TidemarkError } from '../domain/errors.ts'
import { requireAgent, type Caller } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import { AGENT_PATH, parseParameters } from './parameters.ts'

/** The agent in the address, once the caller may speak for it. @throws {TidemarkError} `argument_invalid`, `unauthorized` */
export function agentOf(context: Context<HttpEnvironment>): string {
  const { agent } = parseParameters(AGENT_PATH, { agent: context.req.param('agent') })
  requireAgent(context.get('caller'), agent)
  return agent
}

/** Whose name stands under a decision: that of a personal token or sign-in, else the one given. @throws {TidemarkError} `argument_invalid` */
export function personOf(caller: Caller, given: string | undefined): string {
  if (caller.isPerson && (given === undefined || given === caller.name)) return caller.name
  if (!caller.isPerson && given !== undefined) return given
  throw new TidemarkError(
    'argument_invalid',
    given === undefined ? 'by is missing: say who decides.' : `by "${given}" is not ${caller.name}, who sends this.`,
    caller.isPerson ? 'Leave it out, or give your own name.' : 'Give a name, or use a personal token.',
  )
}
