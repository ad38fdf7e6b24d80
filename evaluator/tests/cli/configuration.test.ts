import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tidemark } from './tidemark-process.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-configuration-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, value: unknown): void => writeFileSync(join(folder, name), JSON.stringify(value))
const run = (args: string[], environment: Record<string, string> = {}) => tidemark(args, folder, '', environment)

describe('config print', () => {
  test('shows defaults and what was written, and no secret', async () => {
    write('secret.yaml', {
      store: { url: 'postgres://tide:canary-1@db.test/tidemark?password=canary-2' },
      tokens: { ingest: [{ value: 'canary-3-token' }] },
      publish: {
        otlp: { endpoint: 'http://127.0.0.1:4318', headers: { 'x-key': { value: 'canary-4' } } },
        webhooks: [
          { url: 'https://chat.test/services/canary-5?key=canary-6', secret: { value: `canary-7${'x'.repeat(30)}` } },
        ],
      },
      agents: { triage: { target: { url: 'http://me:canary-8@agent.test/run', sideEffects: 'none' } } },
    })
    for (const flag of [[], ['--json']]) {
      const { code, stdout, stderr } = await run(['config', 'print', '--config', 'secret.yaml', ...flag])
      expect(code, stderr).toBe(0)
      expect(stdout).not.toContain('canary')
      for (const shown of ['db.test/tidemark', 'https://chat.test', 'falsePagesPerYear', '8433'])
        expect(stdout).toContain(shown)
    }
  })

  test('shows what the environment says above the file', async () => {
    write('plain.yaml', { listen: { port: 1 }, retentionDays: 30 })
    writeFileSync(join(folder, 'url'), 'sqlite:./from-a-file.db\n')
    const { stdout } = await run(['config', 'print', '--json', '--config', 'plain.yaml'], {
      TIDEMARK_LISTEN_PORT: '9000',
      TIDEMARK_STORE_URL_FILE: join(folder, 'url'),
      TIDEMARK_TOKEN_READ: 'a-read-token',
    })
    expect(JSON.parse(stdout)).toMatchObject({
      listen: { port: 9000 },
      store: { url: `sqlite:${join(folder, 'from-a-file.db')}` },
      retentionDays: 30,
      tokens: { read: [{ value: '***', agents: ['*'] }] },
    })
  })

  test.each([
    [
      'both forms',
      { TIDEMARK_STORE_URL: 'sqlite:a', TIDEMARK_STORE_URL_FILE: '/dev/null' },
      /both TIDEMARK_STORE_URL and/u,
    ],
    [
      'a file that is not there',
      { TIDEMARK_TOKEN_READ_FILE: '/nowhere/token' },
      /\/nowhere\/token of TIDEMARK_TOKEN_READ_FILE/u,
    ],
    ['a port that is none', { TIDEMARK_LISTEN_PORT: 'http' }, /listen\.port/u],
  ])('refuses %s with exit code 2', async (_, environment, message) => {
    const result = await run(['config', 'print', '--config', 'plain.yaml'], environment)
    expect(result).toMatchObject({ code: 2, stderr: expect.stringMatching(message) as string })
  })
})

describe('config diff', () => {
  const agents = (more: object) => ({ '*': {}, triage: more })
  test.each([
    [{ listen: { port: 9 } }, 'listen.port', 'restart'],
    [{ store: { url: 'sqlite:/other.db' } }, 'store.url', 'restart'],
    [{ retentionDays: 90 }, 'retentionDays', 'reload'],
    [{ tokens: { read: [{ value: 'new-read-token' }] } }, 'tokens.read', 'reload'],
    [{ agents: agents({ paging: { mode: 'ticket' } }) }, 'agents.triage.paging.mode', 'reload'],
    [{ agents: agents({ paging: { falsePagesPerYear: 2 } }) }, 'agents.triage.paging.falsePagesPerYear', 'baseline'],
    [{ agents: agents({ schedule: { cadence: 'weekly' } }) }, 'agents.triage.schedule.cadence', 'baseline'],
    [{ agents: agents({ segments: ['tidemark.segment'] }) }, 'agents.triage.segments', 'baseline'],
    [
      { agents: agents({ scores: [{ name: 'polite', from: 'regex', pattern: 'x' }] }) },
      'agents.triage.scores',
      'baseline',
    ],
  ])('of %j says what it takes', async (changed, path, effect) => {
    write('old.yaml', { agents: { '*': {} } })
    write('new.yaml', { agents: { '*': {} }, ...changed })
    const { stdout } = await run(['config', 'diff', 'new.yaml', '--config', 'old.yaml', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ path, effect }])
    expect(stdout).not.toContain('new-read-token')
  })

  test('says in words what starts a new baseline version and restarts the detector', async () => {
    write('old.yaml', {})
    write('new.yaml', { agents: { '*': { paging: { ticketsPerYear: 6 } } } })
    const { stdout } = await run(['config', 'diff', 'new.yaml', '--config', 'old.yaml'])
    expect(stdout).toMatch(/ticketsPerYear: 12 → 6\n.*new baseline version.*restarts the detector/u)
    expect((await run(['config', 'diff', 'old.yaml', '--config', 'old.yaml'])).stdout).toBe('Nothing would change.\n')
  })

  test('sees that a secret changed without showing it', async () => {
    write('old.yaml', { tokens: { read: [{ value: 'canary-old' }] } })
    write('new.yaml', { tokens: { read: [{ value: 'canary-new' }] } })
    const { stdout } = await run(['config', 'diff', 'new.yaml', '--config', 'old.yaml'])
    expect(stdout).toContain('tokens.read')
    expect(stdout).not.toContain('canary')
  })
})

test('config schema is the published one', async () => {
  const { stdout } = await run(['config', 'schema'])
  expect(JSON.parse(stdout)).toMatchObject({ type: 'object', additionalProperties: false })
})
