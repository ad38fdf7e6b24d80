import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { Client } from 'pg'

export type PostgresServer = {
  /** Address of a database of the server. */
  url(database: string): string
  /** Runs one statement, in the database `postgres` unless told. */
  query(sql: string, database?: string): Promise<void>
  /** `fast` ends sessions as an operator's restart does, `immediate` is a crash. */
  stop(mode?: 'fast' | 'immediate'): Promise<void>
  start(): Promise<void>
  /** Stops the server and removes its files. */
  remove(): Promise<void>
}

type User = { readonly uid: number; readonly gid: number } | undefined

/** The migrated database that tests copy. */
export const TEMPLATE_DATABASE = 'tidemark_template'

const USER = 'tidemark'
const START_TIMEOUT_MILLISECONDS = 30_000
const SIGNAL = { fast: 'SIGINT', immediate: 'SIGQUIT' } as const

/**
 * Starts a PostgreSQL of its own in a temporary folder, on a free port of loopback. The server refuses to run as root, so
 * root runs it as `postgres`.
 * @param program path of `postgres`
 * @param isDurable false for tests that never crash it: nothing is synchronised to disk
 * @param password of the user; without one everybody on this machine may connect
 */
export async function startPostgres(
  program: string,
  { isDurable = false, password, settings = {} }: StartOptions = {},
): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-postgres-'))
  const user = serverUser()
  if (user !== undefined) chownSync(folder, user.uid, user.gid)
  const secret = join(folder, 'password')
  writeFileSync(secret, `${password ?? 'unused'}\n`, { mode: 0o644 })
  const data = join(folder, 'data')
  const auth = password === undefined ? 'trust' : 'scram-sha-256'
  const initdb = [
    '-D',
    data,
    '-U',
    USER,
    `--auth=${auth}`,
    `--pwfile=${secret}`,
    '-E',
    'UTF8',
    '--locale=C.UTF-8',
    '--no-sync',
  ]
  await finished(spawn(join(dirname(program), 'initdb'), initdb, { ...user, stdio: ['ignore', 'ignore', 'pipe'] }))
  const port = await freePort()
  const options = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: folder,
    ...(isDurable ? {} : { fsync: 'off', full_page_writes: 'off' }),
    ...settings,
  }
  let child: ChildProcess | null = null

  const url = (database: string): string =>
    `postgres://${USER}${password === undefined ? '' : `:${encodeURIComponent(password)}`}@127.0.0.1:${port}/${database}`

  async function query(sql: string, database = 'postgres'): Promise<void> {
    const client = new Client({ connectionString: url(database) })
    client.on('error', () => undefined)
    await client.connect()
    try {
      await client.query(sql)
    } finally {
      await client.end()
    }
  }

  async function start(): Promise<void> {
    const settingsOf = Object.entries(options).flatMap(([name, value]) => ['-c', `${name}=${value}`])
    const started = spawn(program, ['-D', data, ...settingsOf], { ...user, stdio: ['ignore', 'ignore', 'pipe'] })
    child = started
    let log = ''
    started.stderr.on('data', (chunk: Buffer) => (log = (log + chunk.toString()).slice(-4000)))
    const until = Date.now() + START_TIMEOUT_MILLISECONDS
    while (
      !(await query('select 1').then(
        () => true,
        () => false,
      ))
    ) {
      if (started.exitCode !== null || Date.now() > until) throw new Error(`PostgreSQL did not start: ${log}`)
      await wait(20)
    }
  }

  async function stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (child === null) return
    const ended = once(child, 'exit')
    child.kill(SIGNAL[mode])
    await ended
    child = null
  }

  await start()
  return {
    url,
    query,
    start,
    stop,
    async remove() {
      await stop('immediate')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

export type StartOptions = {
  readonly isDurable?: boolean
  readonly password?: string
  readonly settings?: Readonly<Record<string, string>>
}

/** Whom the server runs as: this user, or `postgres` where this user is root. */
function serverUser(): User {
  if (process.getuid?.() !== 0) return undefined
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((one) => one.startsWith('postgres:'))
  const [, , uid, gid] = line?.split(':') ?? []
  if (uid === undefined || gid === undefined) throw new Error('root needs a user called postgres to run PostgreSQL as')
  return { uid: Number(uid), gid: Number(gid) }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address with a port')
  return address.port
}

async function finished(child: ChildProcess): Promise<void> {
  let errors = ''
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${errors}`)
}
