import type { Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { matchesGlob } from '../domain/agent-glob.ts'
import { isLoopback } from './loopback.ts'
import { patternsOf, ROLES, type Role, type TokenStore } from './token-store.ts'

/** Who sends a request, as far as its token tells. */
export type Caller = {
  readonly maySpeakFor: (agent: string) => boolean
  /** Needed for what cannot be cut by agent, such as the metrics of all. */
  readonly maySpeakForAll: boolean
}

/** What of a request decides about access. */
export type Credentials = { readonly authorization: string | undefined; readonly hostname: string }

/** A refusal with `isChallenge` goes away with the right token (401); one without does not (403). */
export type AccessDecision =
  | { readonly granted: true; readonly caller: Caller }
  | { readonly granted: false; readonly isChallenge: boolean; readonly error: TidemarkError }

/** Decides who may do what. */
export type Access = (role: Role, credentials: Credentials) => AccessDecision

const EVERYONE: Caller = { maySpeakFor: () => true, maySpeakForAll: true }

/**
 * A role with tokens asks for one. A role without is open where only this machine can connect, and then only to requests
 * that name this machine as their host: a page from elsewhere that made its name point here (DNS rebinding) is refused.
 * On any other address a role without tokens is closed.
 */
export function accessControl(tokens: TokenStore, host: string): Access {
  const isLocal = isLoopback(host)
  return (role, { authorization, hostname }) => {
    if (tokens[role].length > 0) return decisionOn(role, tokens, tokenIn(authorization))
    if (!isLocal) return closed(role)
    if (!isLoopback(hostname)) return foreignHost(hostname)
    return { granted: true, caller: EVERYONE }
  }
}

/** @throws {TidemarkError} `unauthorized` */
export function requireAgent(caller: Caller, agent: string): void {
  if (caller.maySpeakFor(agent)) return
  throw new TidemarkError(
    'unauthorized',
    `This token does not speak for agent ${agent}.`,
    'Use a token whose agents in the configuration include it.',
  )
}

/** @throws {TidemarkError} `unauthorized` */
export function requireAllAgents(caller: Caller): void {
  if (caller.maySpeakForAll) return
  throw new TidemarkError(
    'unauthorized',
    'This token speaks for some agents only, and this address shows all of them.',
    'Use a token whose agents in the configuration are ["*"].',
  )
}

/**
 * Whether a host may be listened on.
 * @throws {TidemarkError} `public_without_tokens` for any address but this machine's own while no role has a token
 */
export function requireTokensInPublic(host: string, tokens: Configuration['tokens']): void {
  if (isLoopback(host) || ROLES.some((role) => tokens[role].length > 0)) return
  throw new TidemarkError(
    'public_without_tokens',
    `Refusing to listen on ${host} without tokens: whoever reaches it could read and write everything.`,
    'Set tokens.ingest, tokens.read and tokens.admin in the configuration, or listen on 127.0.0.1.',
  )
}

function decisionOn(role: Role, tokens: TokenStore, presented: string | undefined): AccessDecision {
  if (presented === undefined)
    return refuse(
      { isChallenge: true },
      `This needs a token of the role ${role}.`,
      'Send it as Authorization: Bearer <token>.',
    )
  const patterns = patternsOf(tokens[role], presented)
  if (patterns !== undefined) return { granted: true, caller: callerOf(patterns) }
  const other = ROLES.find((candidate) => patternsOf(tokens[candidate], presented) !== undefined)
  return refuse(
    { isChallenge: true },
    other === undefined ? 'This token is not known here.' : `This token has the role ${other}, not ${role}.`,
    `Use a token that stands under tokens.${role} in the configuration; files are read at start.`,
  )
}

function callerOf(patterns: readonly string[]): Caller {
  return {
    maySpeakFor: (agent) => patterns.some((pattern) => matchesGlob(pattern, agent)),
    maySpeakForAll: patterns.includes('*'),
  }
}

/** A bearer token, or the password of basic authentication, which is what a browser can send without a script. */
function tokenIn(authorization: string | undefined): string | undefined {
  const [scheme = '', credentials = ''] = (authorization ?? '').trim().split(/\s+/u, 2)
  if (credentials === '') return undefined
  if (scheme.toLowerCase() === 'bearer') return credentials
  if (scheme.toLowerCase() !== 'basic') return undefined
  const pair = Buffer.from(credentials, 'base64').toString('utf8')
  return pair.includes(':') ? pair.slice(pair.indexOf(':') + 1) : undefined
}

function closed(role: Role): AccessDecision {
  return refuse(
    { isChallenge: false },
    `The role ${role} is closed: the evaluator listens beyond this machine and has no ${role} token.`,
    `Set tokens.${role} in the configuration and start again.`,
  )
}

function foreignHost(hostname: string): AccessDecision {
  return refuse(
    { isChallenge: false },
    `Without tokens only requests to this machine are answered, not to the host ${hostname}.`,
    'Use http://127.0.0.1 or http://localhost, or set tokens in the configuration.',
  )
}

function refuse({ isChallenge }: { isChallenge: boolean }, message: string, next: string): AccessDecision {
  return { granted: false, isChallenge, error: new TidemarkError('unauthorized', message, next) }
}
