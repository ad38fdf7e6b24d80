import type { TestProject } from 'vitest/node'
import { requireComponent } from '../../scripts/components.ts'
import { openStore } from '../src/store/open-store.ts'
import { startPostgres, TEMPLATE_DATABASE } from './postgres-server.ts'

/** One server for the tests of a run. Every database of theirs is a copy of one that is migrated already. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startPostgres(await requireComponent('postgres'), { settings: { max_connections: '300' } })
  await server.query(`create database ${TEMPLATE_DATABASE}`)
  await (await openStore(server.url(TEMPLATE_DATABASE))).close()
  project.provide('postgres', server.url(''))
  return () => server.remove()
}
