import { createHash, timingSafeEqual } from 'node:crypto'
import { readConfiguredFile } from '../configured-file.ts'
import { TidemarkError } from '../domain/errors.ts'
import type { Role, TokenSettings, TokensSettings } from './access-settings.ts'

/** A token that is kept as a digest only, with the agents it may speak for and the person whose it is. */
type StoredToken = { readonly digest: Buffer; readonly agents: readonly string[]; readonly name: string | undefined }
export type TokenStore = Readonly<Record<Role, readonly StoredToken[]>>

const SHORTEST_TOKEN = 8

/**
 * Reads the tokens of the configuration, those in files at this moment.
 * @throws {TidemarkError} `config_unreadable` for a missing file, `config_invalid` for one without a usable token
 */
export function readTokens(settings: TokensSettings): TokenStore {
  return {
    ingest: settings.ingest.map((entry) => storeToken('ingest', entry)),
    read: settings.read.map((entry) => storeToken('read', entry)),
    review: settings.review.map((entry) => storeToken('review', entry)),
    admin: settings.admin.map((entry) => storeToken('admin', entry)),
  }
}

/** What a token carries in a role. */
export type Held = { readonly agents: readonly string[]; readonly name: string | undefined }

/**
 * What a token carries in a role, or undefined when it is none of them. Digests of equal length are compared, and every
 * entry is looked at, so that the time taken tells nothing about the stored tokens.
 */
export function heldBy(tokens: readonly StoredToken[], presented: string): Held | undefined {
  const digest = digestOf(presented)
  const matching = tokens.filter((token) => timingSafeEqual(token.digest, digest))
  if (matching.length === 0) return undefined
  return {
    agents: matching.flatMap((token) => token.agents),
    name: matching.find(({ name }) => name !== undefined)?.name,
  }
}

function storeToken(role: Role, { file, value, agents, name }: TokenSettings): StoredToken {
  const token = file === undefined ? (value ?? '') : readTokenFile(role, file)
  return { digest: digestOf(token), agents, name }
}

function readTokenFile(role: Role, file: string): string {
  const next = 'Create the file, or correct its path under tokens in the configuration.'
  const token = readConfiguredFile(file, `the ${role} token from ${file}`, next).trim()
  if (token.length >= SHORTEST_TOKEN && !/\s/u.test(token)) return token
  throw new TidemarkError(
    'config_invalid',
    `The file ${file} holds no ${role} token: ${token.length} characters after trimming, at least ${SHORTEST_TOKEN} without white space are needed.`,
    'Write one token into the file and start again.',
  )
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
