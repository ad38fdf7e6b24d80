import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { expect, it, onTestFinished } from 'vitest'
import { createTidemark } from '../src/index.ts'
import { startQueue } from './queue-server.ts'

it('two worker threads and the main thread have a file each, and every escalation is delivered once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-threads-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const outbox = join(folder, 'outbox')
  const queue = await startQueue()
  onTestFinished(async () => queue[Symbol.asyncDispose]())
  const main = createTidemark({ agent: 'threaded', outbox, hashKey: 'a key for the tests' })
  const own = await main.escalate({ reason: 'policy', question: 'Main?', context: {}, input: null, output: null })
  const workers = [0, 1].map(
    () => new Worker(new URL('escalating-worker.ts', import.meta.url), { workerData: outbox, execArgv: [] }),
  )
  const told = await Promise.all(workers.map(async (worker) => idsOf(await once(worker, 'message'))))
  expect(readdirSync(outbox).filter((name) => name.endsWith('.jsonl'))).toHaveLength(3)
  await Promise.all(
    workers.map(async (worker) => {
      const end = once(worker, 'exit')
      worker.postMessage('end', [])
      await end
    }),
  )
  await main.shutdown(0)
  const heir = createTidemark({ agent: 'heir', outbox, endpoint: queue.url, hashKey: 'a key for the tests' })
  await heir.flush(20_000)
  await heir.shutdown(0)
  const delivered = queue.deliveries.map(({ body }) => String(body['id']))
  expect(delivered).toHaveLength(41)
  expect(delivered.toSorted()).toEqual([own.id, ...told.flat()].toSorted())
  expect(readdirSync(outbox)).toEqual([])
})

function idsOf(message: readonly unknown[]): readonly string[] {
  return message.flat().map(String)
}
