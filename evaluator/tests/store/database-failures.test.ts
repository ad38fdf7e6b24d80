import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everyComponentIsRequired, requireComponent } from '../../../scripts/components.ts'
import type { Service } from '../../src/service.ts'
import { openStore } from '../../src/store/open-store.ts'
import { checkStore } from '../../src/store/store-check.ts'
import { DAY, dayOfCalls, MONDAY } from '../call-records.ts'
import { engine } from '../engine.ts'
import { startPostgres, type PostgresServer } from '../postgres-server.ts'
import { sendSpans, spanId } from '../send-spans.ts'
import { serviceOnDisk, store, withBaseline, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { readOnlyDisk } from './read-only-disk.ts'

const isRoot = process.getuid?.() === 0

if (engine === 'sqlite') {
  describe('on SQLite', () => {
    const mayMount = canMount()
    test.skipIf(!mayMount)('a full disk is answered 503, and is used again once it has space', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tidemark-full-'))
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=6m', 'tmpfs', folder])
      // to be given back when the disk is full
      const filler = join(folder, 'filler')
      writeFileSync(filler, Buffer.alloc(2 * 1024 * 1024))
      const disk = serviceOnDisk({ store: { url: `sqlite:${join(folder, 'tidemark.db')}` } })
      disk.now = Date.now()
      try {
        const service = await disk.open()
        const { url } = await service.start()
        const acknowledged: string[] = []
        const refusal = await sendUntilRefused(url, acknowledged)
        expect(refusal).toEqual({ status: 503, code: 'store_unavailable', retryAfter: '5' })
        expect(await storeErrors(service)).toBeGreaterThan(0)
        expect(statfsSync(folder).bavail).toBeLessThan(300)
        rmSync(filler)
        await expectAccepted(url, acknowledged)
        await expectNothingLost(`sqlite:${join(folder, 'tidemark.db')}`, acknowledged)
      } finally {
        await disk.remove()
        execFileSync('umount', [folder])
        rmSync(folder, { recursive: true })
      }
    })

    test('a database that turns read-only under its open handle is answered 503, and written again once it may be', async ({
      skip,
    }) => {
      const own = readOnlyDisk()
      if (own === undefined) return skip()
      const disk = serviceOnDisk({ store: { url: `sqlite:${join(own.folder, 'tidemark.db')}` } })
      disk.now = Date.now()
      try {
        const service = await disk.open()
        const { url } = await service.start()
        const acknowledged = [spanId(1)]
        expect(await sendSpans(url, acknowledged)).toMatchObject({ status: 200 })
        own.freeze('tidemark.db', 'tidemark.db-wal')
        const refusal = { status: 503, code: 'store_unavailable', retryAfter: '5' }
        for (const id of [2, 3, 4]) expect(await sendSpans(url, [spanId(id)])).toEqual(refusal)
        await expect(readOnlyMessage(service)).resolves.toMatch(/SQLITE_READONLY.*writable again/su)
        await lookAtTheClock(disk, service)
        expect((await fetch(`${url}/healthz`)).status).toBe(200)
        own.thaw('tidemark.db', 'tidemark.db-wal')
        expect(await storeErrors(service)).toBeGreaterThanOrEqual(4)
        await expectAccepted(url, acknowledged)
        await expectNothingLost(`sqlite:${join(own.folder, 'tidemark.db')}`, acknowledged)
      } finally {
        await disk.remove()
        own.remove()
      }
    })

    test.skipIf(!isRoot)('a file that may not be written stops the program at its start, with what to do', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tidemark-readonly-'))
      const url = `sqlite:${join(folder, 'tidemark.db')}`
      await (await openStore(url)).close()
      chmodSync(join(folder, 'tidemark.db'), 0o444)
      chmodSync(folder, 0o555)
      const script = `import { openStore } from ${JSON.stringify(new URL('../../dist/store/open-store.js', import.meta.url).href)}
        try { await openStore(process.argv[1]); console.log('opened') } catch (error) { console.log(error.code, error.message, error.next) }`
      const asNobody = { uid: 65_534, gid: 65_534, encoding: 'utf8' } as const
      const node = process.execPath
      try {
        if (canNobodyRun(node)) {
          const said = execFileSync(node, ['--input-type=module', '-e', script, url], asNobody)
          expect(said).toMatch(/store_unavailable .*SQLITE_(CANTOPEN|READONLY).*(writable)/u)
        }
      } finally {
        chmodSync(folder, 0o755)
        rmSync(folder, { recursive: true })
      }
    })

    test('a folder that is not there, and a file that is no database, are named', async () => {
      await expect(openStore('sqlite:/nowhere/at/all/tidemark.db')).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('/nowhere/at/all/tidemark.db') as string,
      })
      const folder = mkdtempSync(join(tmpdir(), 'tidemark-none-'))
      writeFileSync(join(folder, 'text.db'), 'this is no database '.repeat(100))
      await expect(openStore(`sqlite:${join(folder, 'text.db')}`)).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('SQLITE_NOTADB') as string,
        next: expect.stringContaining('backup') as string,
      })
      rmSync(folder, { recursive: true })
    })
  })
} else {
  describe('on PostgreSQL', () => {
    let server: PostgresServer
    let disk: ServiceOnDisk
    let service: Service
    let url: string
    beforeAll(async () => {
      server = await startPostgres(await requireComponent('postgres'), { isDurable: true, password: 'hush/hush' })
      await server.query('create database tidemark')
      disk = serviceOnDisk({ store: { url: server.url('tidemark') } })
      disk.now = Date.now()
      service = await disk.open()
      url = (await service.start()).url
    })
    afterAll(async () => {
      await disk.remove()
      await server.remove()
    })

    test('a server that crashes in the middle of ingest loses nothing acknowledged; 503 until it is back', async () => {
      const acknowledged: string[] = []
      const senders = Array.from({ length: 3 }, (_, sender) =>
        sendUntilRefused(url, acknowledged, (sender + 1) * 1_000_000),
      )
      await until(() => acknowledged.length > 200)
      await server.stop('immediate')
      for (const refusal of await Promise.all(senders))
        expect(refusal).toEqual({ status: 503, code: 'store_unavailable', retryAfter: '5' })
      expect((await fetch(`${url}/readyz`)).status).toBe(503)
      expect((await fetch(`${url}/healthz`)).status).toBe(200)
      await lookAtTheClock(disk, service)
      const errors = await server.start().then(() => storeErrors(service))
      expect(errors).toBeGreaterThanOrEqual(3)
      await expectAccepted(url, acknowledged)
      await expectNothingLost(server.url('tidemark'), acknowledged)
    })

    test('sessions that an operator ends are opened again', async () => {
      await server.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tidemark' and pid <> pg_backend_pid()",
      )
      await until(async () => (await sendSpans(url, [spanId(7_000_001)]))?.status === 200)
    })

    test('a database that turned read-only is answered 503, and written again once it may be', async () => {
      await server.query('alter database tidemark set default_transaction_read_only = on')
      await server.query("select pg_terminate_backend(pid) from pg_stat_activity where datname = 'tidemark'")
      await until(async () => (await sendSpans(url, [spanId(7_000_002)]))?.code === 'store_unavailable')
      await expect(readOnlyMessage(service)).resolves.toMatch(/25006.*writable again/su)
      await server.query('alter database tidemark set default_transaction_read_only = off')
      await until(async () => (await sendSpans(url, [spanId(7_000_003)]))?.status === 200)
    })

    test('a restart in the middle of a run costs an attempt, and each slot is run once with the same evidence', async () => {
      await server.query('create database runs')
      const shaken = serviceOnDisk({ store: { url: server.url('runs') } })
      const quiet = serviceOnDisk()
      const days = 12
      const verdicts = []
      for (const one of [shaken, quiet]) {
        const running = await one.open()
        await withBaseline(one, running)
        one.now = MONDAY + days * DAY
        for (let day = 0; day < days; day++)
          await store(running, dayOfCalls(MONDAY + day * DAY, { calls: 40, invalidEvery: 10 }))
        if (one === shaken) {
          const run = running.runDue(one.now).catch(() => [])
          await until(async () => (await running.verdicts('triage', 50)).length > 2)
          await server.stop('fast')
          await run
          await server.start()
          // a slot that could be neither ended nor given back waits for its lease to run out, a minute at most
          await server.query("update run_slot set lease_until = 0 where status = 'running'", 'runs')
        }
        await until(async () => {
          await running.runDue(one.now).catch(() => [])
          return (await running.verdicts('triage', 50)).length === days
        })
        verdicts.push((await running.verdicts('triage', 50)).map(({ slotAt, detectors }) => ({ slotAt, detectors })))
      }
      expect(verdicts[0]).toEqual(verdicts[1])
      const opened = await openStore(server.url('runs'))
      expect((await checkStore(opened.db)).problems).toEqual([])
      await opened.close()
      await shaken.remove()
      await quiet.remove()
    })

    test('a server that is not there, a database that is not there, and a wrong password are told apart', async () => {
      await expect(openStore('postgres://tidemark@127.0.0.1:1/tidemark')).rejects.toMatchObject({
        code: 'store_unavailable',
        message: expect.stringContaining('ECONNREFUSED') as string,
      })
      await expect(openStore(server.url('nowhere'))).rejects.toMatchObject({
        message: expect.stringContaining('3D000') as string,
        next: expect.stringContaining('createdb') as string,
      })
      const wrong = server.url('tidemark').replace('hush%2Fhush', 'wrong%2Fsecret')
      const error: unknown = await openStore(wrong).catch((cause: unknown) => cause)
      expect(error).toMatchObject({ code: 'store_unavailable', message: expect.stringContaining('28P01') as string })
      expect(inspect(error, { depth: 10 })).not.toMatch(/wrong|hush/u)
    })

    test('a password of its own is used, and one that is missing is asked for', async () => {
      const opened = await openStore(server.url('tidemark').replace(':hush%2Fhush', ''), { password: 'hush/hush' })
      expect(await opened.bytes()).toBeGreaterThan(0)
      await opened.close()
      await expect(openStore(server.url('tidemark').replace(':hush%2Fhush', ''))).rejects.toMatchObject({
        message: expect.stringContaining('28P01') as string,
        next: expect.stringContaining('store.passwordFile') as string,
      })
    })

    test('a server without a free connection is named as such', async () => {
      await server.query("create role lonely login connection limit 1 password 'hush/hush'")
      const lonely = server.url('tidemark').replace('tidemark:', 'lonely:')
      const client = new Client({ connectionString: lonely })
      await client.connect()
      await expect(openStore(lonely)).rejects.toMatchObject({
        message: expect.stringContaining('53300') as string,
        next: expect.stringContaining('max_connections') as string,
      })
      await client.end()
    })
  })
}

/** Whether this user may mount a small disk. Where everything is required, it must be so. */
function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-mount-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    execFileSync('umount', [folder])
    return true
  } catch {
    if (everyComponentIsRequired()) throw new Error('the test of a full disk needs root, to mount a small tmpfs')
    process.stderr.write('skipped, a full disk: only root may mount a small tmpfs\n')
    return false
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function canNobodyRun(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { uid: 65_534, gid: 65_534, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Sends until an answer is not 200, and returns that one. */
async function sendUntilRefused(
  url: string,
  acknowledged: string[],
  first = 1,
): Promise<Awaited<ReturnType<typeof sendSpans>>> {
  for (let next = first; next < first + 100_000; next += 20) {
    const ids = Array.from({ length: 20 }, (_, i) => spanId(next + i))
    const answer = await sendSpans(url, ids, 'x'.repeat(1000))
    if (answer?.status !== 200) return answer
    acknowledged.push(...ids)
  }
  throw new Error('nothing was refused')
}

async function expectAccepted(url: string, acknowledged: string[]): Promise<void> {
  const id = spanId(9_000_000)
  await until(async () => (await sendSpans(url, [id]))?.status === 200)
  acknowledged.push(id)
}

async function expectNothingLost(url: string, acknowledged: readonly string[]): Promise<void> {
  const opened = await openStore(url)
  const rows = await opened.db.selectFrom('call_record').select('span_id').execute()
  const stored = new Set(rows.map(({ span_id }) => span_id))
  expect(new Set(acknowledged).difference(stored)).toEqual(new Set())
  expect(stored.size).toBe(rows.length)
  expect((await checkStore(opened.db)).problems).toEqual([])
  await opened.close()
}

/** What the half-minute clock does, while the store is away: nobody hears of it but the log. */
async function lookAtTheClock(disk: ServiceOnDisk, service: Service): Promise<void> {
  const unheard: unknown[] = []
  const hear = (error: unknown): number => unheard.push(error)
  process.on('unhandledRejection', hear)
  try {
    service.startSchedule()
    // passes run one after the other: behind these lies the one of the clock
    await service.runDue(disk.now).catch(() => [])
    await service.runSentinelsDue(disk.now).catch(() => [])
    await new Promise((resolve) => setImmediate(resolve))
  } finally {
    process.off('unhandledRejection', hear)
  }
  expect(unheard).toEqual([])
}

async function storeErrors(service: Service): Promise<number> {
  const line = /^tidemark_store_errors_total (\d+)/mu.exec((await service.metrics()).body)
  return Number(line?.[1])
}

async function readOnlyMessage(service: Service): Promise<string> {
  const createdAt = new Date().toISOString()
  const body = {
    id: randomUUID(),
    agent: 'triage',
    reason: 'policy',
    question: 'Refund?',
    input: 'a',
    output: 'b',
    createdAt,
  }
  return await service
    .acceptEscalation(body, () => true)
    .then(
      () => 'accepted',
      (error: unknown) => (error instanceof Error && 'next' in error ? `${error.message} ${String(error.next)}` : ''),
    )
}

/** Asks until it is so; each question takes the time of a request. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000
  while (!(await condition())) {
    if (Date.now() > end) throw new Error('it did not become so within 30 s')
    await new Promise((resolve) => setImmediate(resolve))
  }
}
