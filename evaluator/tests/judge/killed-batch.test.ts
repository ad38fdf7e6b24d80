import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { judgeBatch } from '../../src/scoring/judge/index.ts'
import { spendOf } from '../../src/store/judge-answers.ts'
import { openStore } from '../../src/store/open-store.ts'
import { BATCH, item, judgement, judgeOn, loopbackProvider } from './loopback-judge.ts'

const SCRIPT = fileURLToPath(new URL('judging-process.ts', import.meta.url))
const RECORDS = 200
const KILLED_AT = 60

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-judge-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('a batch killed with kill -9 goes on where it stood, and pays again at most for what was in flight', async () => {
  const reached = Promise.withResolvers<void>()
  const provider = await loopbackProvider((_, number) => {
    if (number === KILLED_AT) reached.resolve()
    // what is asked after the kill was decided is never answered: it is in flight when the process dies
    return number >= KILLED_AT && !killed ? 'stall' : judgement('good')
  })
  let killed = false
  const url = `sqlite:${join(folder, 'judge.db')}`
  const child = spawn(process.execPath, [SCRIPT, url, provider.baseUrl, String(RECORDS)], { stdio: 'inherit' })
  const ended = once(child, 'exit')
  await Promise.race([reached.promise, ended.then(() => Promise.reject(new Error('the batch ended by itself')))])
  child.kill('SIGKILL')
  await ended
  killed = true
  const askedBefore = provider.asked.length

  const store = await openStore(url)
  const { judge, client } = judgeOn(store, provider)
  const items = Array.from({ length: RECORDS }, (_, index) => item(`record-${index}`))
  const { answers, fromCache } = await judgeBatch(judge, items, BATCH)
  expect(answers.every(({ kind }) => kind === 'scored')).toBe(true)
  expect(fromCache).toBeGreaterThanOrEqual(KILLED_AT - 1 - BATCH.concurrency)
  expect(provider.asked.length).toBe(askedBefore + RECORDS - fromCache)
  expect(provider.asked.length - RECORDS).toBeLessThanOrEqual(2 * BATCH.concurrency)

  // what was in flight stays counted: nobody knows whether it is billed
  const { calls } = await spendOf(store.db, { agent: 'triage', judge: 'helpfulness', day: '2026-10-05' })
  expect(calls).toBeGreaterThanOrEqual(provider.asked.length)
  await client.close()
  await store.close()
  await provider.close()
})
