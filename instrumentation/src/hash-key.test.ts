import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { sharedKey } from './hash-key-file.ts'
import { createHashKey, type HashKeySources } from './hash-key.ts'

let folder = ''
let warnings: string[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-key-'))
  warnings = []
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
})
const key = (sources: Partial<HashKeySources>) =>
  createHashKey({
    option: undefined,
    environment: undefined,
    folder: undefined,
    sharedKey,
    warn: (message) => warnings.push(message),
    ...sources,
  })()

it('the option wins over the environment, the environment over the file', () => {
  writeFileSync(join(folder, 'hash-key'), 'from the file\n')
  expect(key({ option: 'from the option', environment: 'from the environment', folder })).toBe('from the option')
  expect(key({ environment: 'from the environment', folder })).toBe('from the environment')
  expect(key({ environment: '', folder })).toBe('from the file')
})

it('a key that is missing is made once and kept for the next process, readable by its owner alone', () => {
  const made = key({ folder: join(folder, 'new') })
  expect(made).toMatch(/^[0-9a-f]{64}$/u)
  expect(key({ folder: join(folder, 'new') })).toBe(made)
  expect(readFileSync(join(folder, 'new', 'hash-key'), 'utf8').trim()).toBe(made)
  expect(statSync(join(folder, 'new', 'hash-key')).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, 'new'))).toEqual(['hash-key'])
  expect(warnings).toEqual([])
})

it('a key that cannot be kept is random, and that is said once', () => {
  writeFileSync(join(folder, 'file'), '')
  const sources = { folder: join(folder, 'file', 'below') }
  const resolve = createHashKey({
    sharedKey,
    option: undefined,
    environment: undefined,
    warn: (message) => warnings.push(message),
    ...sources,
  })
  expect(resolve()).toBe(resolve())
  expect(warnings).toEqual([expect.stringContaining('TIDEMARK_HASH_KEY')])
  expect(key({})).toMatch(/^[0-9a-f]{64}$/u)
  expect(warnings).toHaveLength(2)
})

it('nothing is read or written before the first hash', () => {
  createHashKey({
    option: undefined,
    environment: undefined,
    folder: join(folder, 'unused'),
    sharedKey,
    warn: () => undefined,
  })
  expect(readdirSync(folder)).toEqual([])
})
