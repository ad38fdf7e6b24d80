import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withBuildLock } from '../../scripts/components/build-lock.ts'
import { removeFolder, temporaryFolder } from './temporary-folder.ts'

let folder = ''
beforeEach(() => (folder = temporaryFolder('lock')))
afterEach(() => removeFolder(folder))

const journal = (): string[] => readFileSync(join(folder, 'journal'), 'utf8').trim().split('\n')

async function holder(name: string, dies = ''): Promise<void> {
  const script = join(import.meta.dirname, 'hold-lock.ts')
  const child = spawn('node', [script, join(folder, 'lock'), join(folder, 'journal'), name, dies], { stdio: 'inherit' })
  await new Promise((resolve) => child.once('exit', resolve))
}

test('processes that want the same lock hold it one after another', async () => {
  await Promise.all(['a', 'b', 'c', 'd'].map((name) => holder(name)))
  const steps = journal().filter((line) => !line.includes('waits'))
  expect(steps).toHaveLength(8)
  for (let i = 0; i < 8; i += 2) {
    const name = steps[i]?.split(' ')[0]
    expect(steps.slice(i, i + 2)).toEqual([`${name} enters`, `${name} leaves`])
  }
  expect(readdirSync(folder)).toEqual(['journal'])
})

test('a lock whose process was killed is taken over at once, by one of those who wait', async () => {
  await holder('victim', 'dies')
  expect(readdirSync(folder)).toContain('lock')
  await Promise.all(['a', 'b', 'c'].map((name) => holder(name)))
  const steps = journal().filter((line) => !line.includes('waits'))
  expect(steps[0]).toBe('victim enters')
  for (let i = 1; i < 7; i += 2) expect(steps[i + 1]).toBe(steps[i]?.replace('enters', 'leaves'))
  expect(readdirSync(folder)).toEqual(['journal'])
})

test('a lock of another host counts as long as it is touched, and for a minute', async () => {
  const lock = join(folder, 'lock')
  mkdirSync(lock)
  writeFileSync(join(lock, 'holder.json'), JSON.stringify({ token: 't', host: 'elsewhere', pid: 1 }))
  const waited: string[] = []
  const taken = withBuildLock(
    lock,
    (who) => {
      waited.push(who)
      const minuteAgo = new Date(Date.now() - 61_000)
      utimesSync(lock, minuteAgo, minuteAgo)
    },
    () => Promise.resolve('built'),
  )
  expect(await taken).toBe('built')
  expect(waited).toEqual(['process 1 on elsewhere'])
})

test('the lock is given back when the work fails', async () => {
  const lock = join(folder, 'lock')
  await expect(
    withBuildLock(
      lock,
      () => undefined,
      () => Promise.reject(new Error('no compiler')),
    ),
  ).rejects.toThrow('no compiler')
  expect(readdirSync(folder)).toEqual([])
})
