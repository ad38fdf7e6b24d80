import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { Client, types } from 'pg'
import { inject } from 'vitest'
import type { Engine } from '../src/domain/store-url.ts'
import { TEMPLATE_DATABASE } from './postgres-server.ts'

const INT8 = 20

declare module 'vitest' {
  interface ProvidedContext {
    /** What the tests of this project store on. */
    engine: Engine
    /** Address of the server of the run, without a database; only where the engine is PostgreSQL. */
    postgres: string
  }
}

/** The engine that this run of a test stores on: every test of a store runs once on each (see vitest.config.ts). */
export const engine: Engine = inject('engine')

/** A database for one test, which is there once it is created. */
export type TestDatabase = {
  /** A folder of the test, which holds the SQLite file. */
  readonly folder: string
  /** What `store.url` says. */
  readonly url: string
  /** Makes the database: empty, or migrated already where that saves time. */
  create(): Promise<void>
  /** Runs a statement beside the service, as an operator would: `?` stands for a parameter. */
  query<Row>(sql: string, ...parameters: readonly unknown[]): Promise<Row[]>
  remove(): Promise<void>
}

export function testDatabase({ isEmpty = false }: { readonly isEmpty?: boolean } = {}): TestDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-store-'))
  return engine === 'sqlite' ? sqliteFile(folder) : postgresDatabase(folder, isEmpty)
}

function sqliteFile(folder: string): TestDatabase {
  const path = join(folder, 'tidemark.db')
  return {
    folder,
    url: `sqlite:${path}`,
    create: async () => undefined,
    async query<Row>(sql: string, ...parameters: readonly unknown[]) {
      const database = new Database(path)
      try {
        const statement = database.prepare<unknown[], Row>(sql)
        if (statement.reader) return statement.all(...parameters)
        statement.run(...parameters)
        return []
      } finally {
        database.close()
      }
    },
    remove: async () => rmSync(folder, { recursive: true, force: true }),
  }
}

function postgresDatabase(folder: string, isEmpty: boolean): TestDatabase {
  const server = inject('postgres')
  const name = `test_${randomBytes(8).toString('hex')}`
  const url = `${server}${name}`
  let created: Promise<void> | null = null
  const template = isEmpty ? '' : ` template ${TEMPLATE_DATABASE}`
  return {
    folder,
    url,
    create: () => (created ??= onServer(server, `create database ${name}${template}`)),
    query: <Row>(sql: string, ...parameters: readonly unknown[]) => rowsOf<Row>(url, sql, parameters),
    async remove() {
      if (created !== null) await onServer(server, `drop database if exists ${name} with (force)`)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function onServer(server: string, sql: string): Promise<void> {
  await rowsOf(`${server}postgres`, sql, [])
}

async function rowsOf<Row>(connectionString: string, sql: string, parameters: readonly unknown[]): Promise<Row[]> {
  const parsers = {
    getTypeParser: (oid: number, format?: 'text' | 'binary') =>
      oid === INT8 ? Number : types.getTypeParser(oid, format),
  }
  const client = new Client({ connectionString, types: parsers })
  await client.connect()
  try {
    let count = 0
    return (
      await client.query(
        sql.replaceAll('?', () => `$${++count}`),
        [...parameters],
      )
    ).rows as Row[]
  } finally {
    await client.end()
  }
}
