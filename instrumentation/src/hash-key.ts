import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export const HASH_KEY_VARIABLE = 'TIDEMARK_HASH_KEY'
const HASH_KEY_FILE = 'hash-key'

/** Where a key may come from, first that exists: the option, the environment, a file beside the outbox. */
export interface HashKeySources {
  readonly option: string | undefined
  readonly environment: string | undefined
  /** Folder of the outbox, or `undefined` where nothing may be written. */
  readonly folder: string | undefined
  /** Told when hashes of this process will not match those of others. */
  readonly warn: (message: string, cause?: unknown) => void
}

/** The key of all hashes of this installation, resolved when the first hash is needed and kept. */
export function createHashKey(sources: HashKeySources): () => string {
  let key: string | undefined
  return () => (key ??= resolveHashKey(sources))
}

function resolveHashKey({ option, environment, folder, warn }: HashKeySources): string {
  if (option !== undefined) return option
  if (environment !== undefined && environment !== '') return environment
  if (folder === undefined) {
    warn(`no hash key: hashes of this process match those of no other. Set ${HASH_KEY_VARIABLE} or the option hashKey.`)
    return randomKey()
  }
  try {
    return sharedKey(folder)
  } catch (error) {
    warn(
      `cannot keep a hash key in ${folder}: hashes of this process match those of no other. Set ${HASH_KEY_VARIABLE}.`,
      error,
    )
    return randomKey()
  }
}

/** Reads the key of the folder, or makes one. Processes that start together agree: the link is made once, atomically. */
function sharedKey(folder: string): string {
  const path = join(folder, HASH_KEY_FILE)
  const known = readKey(path)
  if (known !== undefined) return known
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${randomKey()}\n`, { mode: 0o600, flag: 'wx' })
  try {
    linkSync(draft, path)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
  } finally {
    rmSync(draft, { force: true })
  }
  const key = readKey(path)
  if (key === undefined) throw new Error(`${path} is empty`)
  return key
}

function readKey(path: string): string | undefined {
  try {
    const key = readFileSync(path, 'utf8').trim()
    return key === '' ? undefined : key
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

function randomKey(): string {
  return randomBytes(32).toString('hex')
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
}
