import { accessSync, constants, existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { engineOfUrl, sqlitePath } from '../../domain/store-url.ts'
import { bad, warning, type Finding } from './finding.ts'

/** What is wrong with the place of a SQLite store; undefined where it can be opened. Opening one that is not there makes it. */
export function storePlaceFinding(url: string): Finding | undefined {
  if (engineOfUrl(url) !== 'sqlite') return undefined
  const path = resolve(sqlitePath(url))
  const folder = dirname(path)
  if (!isWritable(existsSync(path) ? path : folder))
    return bad(
      'store',
      existsSync(folder) ? `${path} cannot be written by this user` : `the folder ${folder} does not exist`,
      `Make ${folder} a folder that this user may write to, or give another store.url.`,
    )
  if (existsSync(path)) return undefined
  return warning(
    'store',
    `${url} does not exist yet, so no call has arrived`,
    'Start "tidemark serve", which makes it, and send it the traces of an instrumented agent.',
  )
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
