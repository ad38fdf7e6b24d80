import type { Configuration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { matchesGlob } from '../domain/agent-glob.ts'
import { isLoopback } from './loopback.ts'
import { ROLES, type Role } from './access-settings.ts'
import type { ProxySignIn } from './proxy-sign-in.ts'
import { heldBy, type TokenStore } from './token-store.ts'

/** Who sends a request, as far as a token or the sign-in at the proxy tells. */
export type Caller = {
  /** A person, or `ingest token`, or `this machine` where no token is asked for. */
  readonly name: string
  /** The name is that of a person who proved it, so that nobody can act in another's name. */
  readonly isPerson: boolean
  readonly maySpeakFor: (agent: string) => boolean
  /** Needed for what cannot be cut by agent, such as the metrics of all. */
  readonly maySpeakForAll: boolean
}

/** What of a request decides about access. */
export type Credentials = {
  readonly authorization: string | undefined
  readonly hostname: string
  readonly header: (name: string) => string | undefined
  readonly remoteAddress: string | undefined
}

/** A refusal with `isChallenge` goes away with the right token (401); one without does not (403). */
export type AccessDecision =
  | { readonly granted: true; readonly caller: Caller }
  | { readonly granted: false; readonly isChallenge: boolean; readonly error: TidemarkError }

/** Decides who may do what. */
export type Access = (role: Role, credentials: Credentials) => AccessDecision

const EVERYONE: Caller = {
  name: 'this machine',
  isPerson: false,
  maySpeakFor: () => true,
  maySpeakForAll: true,
}

/**
 * A role with tokens asks for one, or for a sign-in at the proxy in front where one is configured. A role without is open
 * where only this machine can connect, and then only to requests that name this machine as their host: a page from
 * elsewhere that made its name point here (DNS rebinding) is refused. On any other address, and behind a proxy that signs
 * people in, a role without tokens is closed: the proxy's requests come from this machine too.
 */
export function accessControl(tokens: TokenStore, host: string, signIn?: ProxySignIn): Access {
  const isLocal = isLoopback(host) && signIn === undefined
  return (role, { authorization, hostname, header, remoteAddress }) => {
    const presented = tokenIn(authorization)
    const signedIn = presented === undefined ? signIn?.(header, remoteAddress) : undefined
    if (signedIn !== undefined) {
      if (signedIn.roles.includes(role)) return { granted: true, caller: personOf(signedIn) }
      return wrongPerson(signedIn.name, role)
    }
    if (tokens[role].length > 0) return decisionOn(role, tokens, presented)
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
export function requireTokensInPublic(
  host: string,
  { tokens, signIn }: Pick<Configuration, 'tokens' | 'signIn'>,
): void {
  if (isLoopback(host) || signIn !== undefined || ROLES.some((role) => tokens[role].length > 0)) return
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
  const held = heldBy(tokens[role], presented)
  if (held !== undefined) return { granted: true, caller: callerOf(held.agents, held.name, `${role} token`) }
  const other = ROLES.find((candidate) => heldBy(tokens[candidate], presented) !== undefined)
  return refuse(
    { isChallenge: true },
    other === undefined ? 'This token is not known here.' : `This token has the role ${other}, not ${role}.`,
    `Use a token that stands under tokens.${role} in the configuration; files are read at start.`,
  )
}

function personOf({ name, agents }: { name: string; agents: readonly string[] }): Caller {
  return callerOf(agents, name, name)
}

function callerOf(patterns: readonly string[], person: string | undefined, otherwise: string): Caller {
  return {
    name: person ?? otherwise,
    isPerson: person !== undefined,
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

function wrongPerson(name: string, role: Role): AccessDecision {
  return refuse(
    { isChallenge: false },
    `${name} does not have the role ${role}.`,
    `Add the role ${role} to ${name} under signIn.users in the configuration.`,
  )
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
