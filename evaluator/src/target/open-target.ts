import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { TidemarkError } from '../domain/errors.ts'
import { commandTarget } from './command-target.ts'
import { httpTarget } from './http-target.ts'
import { moduleTarget } from './module-target.ts'
import type { Target, TargetRequest } from './target.ts'

/**
 * The target that a person wrote: an address, a module (`./agent.ts`, `./agent.ts#name`), or else a command.
 * @throws {TidemarkError} `target_invalid`
 */
export function openTarget(text: string, origin: TargetRequest['origin']): Target {
  const given = text.trim()
  if (/^https?:\/\//u.test(given)) {
    if (!URL.canParse(given)) throw invalid(`${given} is no address.`)
    return httpTarget(given)
  }
  const [, path = '', name = ''] = /^(\S+\.[cm]?[jt]s)(?:#(\w+))?$/u.exec(given) ?? []
  if (path !== '') {
    const file = resolve(path)
    if (!existsSync(file)) throw invalid(`There is no module ${file}.`)
    return moduleTarget(file, name, origin)
  }
  if (given === '') throw invalid('The target is empty.')
  return commandTarget(given)
}

function invalid(message: string): TidemarkError {
  return new TidemarkError(
    'target_invalid',
    message,
    'Give http://HOST/PATH, a module such as ./agent.ts#run, or a command such as "python agent.py".',
  )
}
