export const HASH_KEY_VARIABLE = 'TIDEMARK_HASH_KEY'

/** Where a key may come from, first that exists: the option, the environment, a file beside the outbox. */
export interface HashKeySources {
  readonly option: string | undefined
  readonly environment: string | undefined
  /** Folder of the outbox, or `undefined` where nothing may be written. */
  readonly folder: string | undefined
  /** Reads the key of a folder, or makes one that all processes share. */
  readonly sharedKey: (folder: string) => string
  /** Told when hashes of this process will not match those of others. */
  readonly warn: (message: string, cause?: unknown) => void
}

/** The key of all hashes of this installation, resolved when the first hash is needed and kept. */
export function createHashKey(sources: HashKeySources): () => string {
  let key: string | undefined
  return () => (key ??= resolveHashKey(sources))
}

function resolveHashKey({ option, environment, folder, sharedKey, warn }: HashKeySources): string {
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

/** 256 random bits as hex digits. */
export function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
