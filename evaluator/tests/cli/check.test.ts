import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { callRecord, DAY, validationRecord } from '../call-records.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { answeringServer } from './answering-server.ts'
import { tidemark } from './tidemark-process.ts'

const TODAY = Math.floor(Date.now() / DAY) * DAY
const findingsSchema = z.array(z.object({ what: z.string(), state: z.string(), detail: z.string(), next: z.string() }))
type Servers = { stop(): Promise<void> }[]

let database: TestDatabase
let folder: string
const servers: Servers = []

beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(join(folder, 'seed.yaml'), JSON.stringify({ ...base(), retentionDays: 400 }))
  const lines = [
    ...day('triage', TODAY - 3 * DAY, 250),
    ...day('triage', TODAY - 2 * DAY, 60),
    ...day('triage', TODAY - DAY, 60),
    ...day('scattered', TODAY, 60, (i) => ({ segment: `ticket-${i}`, promptHash: `hash-${i}` })),
    ...day('early', Date.now() + 30 * 60_000, 3),
    ...day('silent', TODAY - 5 * DAY, 3),
  ]
  const imported = await tidemark(['import', '-', '--config', 'seed.yaml'], folder, lines.join('\n'))
  expect(imported, imported.stderr).toMatchObject({ code: 0 })
  const until = new Date(TODAY - 2 * DAY).toISOString()
  const freeze = ['baseline', 'freeze', '--agent', 'triage', '--production', '1d', '--until', until]
  expect(await tidemark([...freeze, '--config', 'seed.yaml'], folder)).toMatchObject({ code: 0 })
  await tidemark(['evaluate', '--config', 'seed.yaml', '--agent', 'triage'], folder)
})
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()))
})
afterAll(() => database.remove())

test.each([
  ['a key that is no key', { agents: { triage: { shedule: {} } } }, /unknown key "shedule"/u, /Correct what is named/u],
  [
    'no call from a configured agent',
    { agents: { '*': {}, trige: {} } },
    /sent nothing; calls came from/u,
    /createTidemark/u,
  ],
  ['an agent that fell silent', {}, /3 calls, the newest \d+\.\d hours ago/u, /OTEL_EXPORTER_OTLP_ENDPOINT/u],
  ['a clock that is ahead', {}, /(29|30) minutes ahead/u, /NTP/u],
  ['no baseline', {}, /^none$/u, /tidemark baseline freeze --agent scattered/u],
  ['an expired baseline', {}, /version 1, 250 examples, expired/u, /--replace/u],
  ['segments that are ids', {}, /60 different segments/u, /never an id/u],
  ['a prompt that is new in every call', {}, /60 different prompt hashes/u, /template/u],
  ['a scorer that is always missing', {}, /is missing in (?:the baseline|all \d+ calls)/u, /content/u],
  ['no run', {}, /no slot was run yet/u, /tidemark evaluate/u],
  ['a retention below what a baseline needs', { retentionDays: 7 }, /kept for 7 days; .* needs 14/u, /retentionDays/u],
  [
    'a token that writes for every agent',
    { agents: { '*': {}, triage: {}, billing: {} }, tokens: { ingest: [{ value: 'wide-token' }] } },
    /may write for every agent, and 2/u,
    /token of its own/u,
  ],
  [
    'one token with two roles',
    { tokens: { ingest: [{ value: 'same-token', agents: ['a'] }], admin: [{ value: 'same-token' }] } },
    /roles ingest and admin/u,
    /token of its own/u,
  ],
  [
    'webhooks without links',
    { publish: { webhooks: [{ url: 'http://127.0.0.1:1/', secret: { value: 'x'.repeat(32) } }] } },
    /without a link/u,
    /publish\.url/u,
  ],
  ['nothing that answers', { listen: { port: 9 } }, /nothing answers/u, /tidemark serve/u],
  [
    'Prometheus that is not there',
    { monitoring: { prometheus: 'http://127.0.0.1:9' } },
    /does not answer/u,
    /Start it/u,
  ],
  [
    'Alertmanager that is not there',
    { monitoring: { alertmanager: 'http://127.0.0.1:9' } },
    /127\.0\.0\.1:9 does not answer/u,
    /no alert reaches a person/u,
  ],
])('finds %s, and says what to do', async (_, changes, detail, next) => {
  const findings = await check(changes)
  const found = findings.filter((one) => one.state !== 'good' && detail.test(one.detail))
  expect(found.map((one) => one.next).join('\n'), JSON.stringify(findings)).toMatch(next)
})

test('finds a store in a folder that is not there', async () => {
  const findings = await check({ store: { url: `sqlite:${folder}/nowhere/t.db` } })
  expect(findings).toContainEqual(
    expect.objectContaining({ what: 'store', state: 'bad', detail: expect.stringContaining('nowhere') as string }),
  )
})

test('finds a token file that others may read', async () => {
  const file = join(folder, 'wide.token')
  writeFileSync(file, 'a-token-in-a-file')
  chmodSync(file, 0o644)
  const findings = await check({ tokens: { read: [{ file }] } })
  expect(findings).toContainEqual(expect.objectContaining({ what: 'tokens.read', next: `Run: chmod 600 ${file}` }))
  chmodSync(file, 0o600)
  expect((await check({ tokens: { read: [{ file }] } })).map(({ what }) => what)).not.toContain('tokens.read')
})

test('finds another program on the port', async () => {
  const { port } = await started(() => ({ body: { hello: 'world' } }))
  const findings = await check({ listen: { port } })
  expect(findings).toContainEqual(
    expect.objectContaining({
      what: 'evaluator',
      state: 'bad',
      next: expect.stringContaining('listen.port') as string,
    }),
  )
})

test('finds a wrong key of a judge, and no fault in a right one', async () => {
  const { url } = await started((_, headers) => ({
    status: headers['authorization'] === 'Bearer right-key' ? 200 : 401,
    body: {},
  }))
  writeFileSync(join(folder, 'rubric.md'), 'Say yes.\n')
  const judged = async (key: string) => {
    writeFileSync(join(folder, 'judge.key'), key)
    const scores = [
      { name: 'good', from: 'judge', rubric: './rubric.md', model: 'm', baseUrl: url, apiKeyFile: './judge.key' },
    ]
    const findings = await check({ agents: { '*': { scores } } })
    return findings.find(({ what }) => what === 'judge m')
  }
  expect(await judged('wrong-key')).toMatchObject({
    state: 'bad',
    next: expect.stringContaining('judge.key') as string,
  })
  expect(await judged('right-key')).toMatchObject({ state: 'good' })
})

test.each([
  ['that scrapes something else', { up: [] }, 'scraping', /scrape_configs/u],
  ['that cannot scrape', { up: [[1, '0']] }, 'scraping', /\/targets/u],
  ['without the rules', { rules: ['Other'] }, 'rules', /rule_files/u],
  ['without an Alertmanager', { alertmanagers: [] }, 'paging', /alerting\.alertmanagers/u],
  ['with another time', { date: new Date(Date.now() - 600_000).toUTCString() }, 'clock', /NTP/u],
])('finds Prometheus %s', async (_, state, what, next) => {
  const findings = await check({ monitoring: { prometheus: (await prometheus(state)).url } })
  expect(findings.filter((one) => one.state === 'bad').map((one) => one.what)).toEqual([what])
  expect(findings.find((one) => one.what === what)?.next).toMatch(next)
})

test('finds nothing wrong with a Prometheus that does its work', async () => {
  const findings = await check({ monitoring: { prometheus: (await prometheus({})).url } })
  expect(findings.filter(({ state }) => state === 'good').map(({ what }) => what)).toEqual(
    expect.arrayContaining(['scraping', 'clock', 'rules', 'paging']),
  )
})

/** A Prometheus as its API answers; the real one is asked in the tests of the stack. */
async function prometheus({
  up = [[1, '1']],
  rules = ['AgentQualityDrift'],
  alertmanagers = [{ url: 'x' }],
  date,
}: {
  up?: (string | number)[][]
  rules?: string[]
  alertmanagers?: unknown[]
  date?: string
}) {
  const bodies: Record<string, unknown> = {
    '/api/v1/query': { data: { result: up.map((value) => ({ value })) } },
    '/api/v1/rules': { data: { groups: [{ rules: rules.map((name) => ({ name })) }] } },
    '/api/v1/alertmanagers': { data: { activeAlertmanagers: alertmanagers } },
  }
  return await started((path) => ({ body: bodies[path], ...(date === undefined ? {} : { date }) }))
}

async function started(answer: Parameters<typeof answeringServer>[0]) {
  const server = await answeringServer(answer)
  servers.push(server)
  return server
}

async function check(changes: object) {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'checked.yaml'), JSON.stringify({ ...base(), ...changes }))
  const { stdout } = await tidemark(['check', '--json', '--config', 'checked.yaml'], folder)
  return findingsSchema.parse(JSON.parse(stdout))
}

function base() {
  const schedule = { at: '00:00', settleMinutes: 0, catchUpDays: 31 }
  return {
    store: { url: database.url },
    listen: { port: 9 },
    agents: {
      '*': { segments: ['tidemark.segment'] },
      triage: {
        schedule,
        baseline: { expiryDays: 0.000_01 },
        scores: [{ name: 'polite', from: 'regex', pattern: 'please' }],
      },
    },
  }
}

function day(agent: string, start: number, calls: number, more: (i: number) => object = () => ({})): string[] {
  return Array.from({ length: calls }, (_, i) => {
    const call = callRecord(`${agent}/${start}/${i}`, { agent, startedAt: start + i * 10, ...more(i) })
    return [
      { type: 'call', ...call },
      { type: 'validation', ...validationRecord(call) },
    ].map((one) => JSON.stringify(one))
  }).flat()
}
