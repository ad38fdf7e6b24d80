import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serve, tidemark, type Serving } from '../cli/tidemark-process.ts'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { sendSpans, spanId } from '../send-spans.ts'
import { documentedOperations, documentedRequest } from './documented-request.ts'

const CANARY = 'tq7x-canary'
const READ = `${CANARY}-read-token`
const INGEST = `${CANARY}-ingest-token`
const ADMIN = `${CANARY}-admin-token`
const REVIEW = `${CANARY}-review-token`

let database: TestDatabase
let folder: string
let serving: Serving
beforeAll(async () => {
  database = testDatabase()
  folder = database.folder
  await database.create()
  writeFileSync(join(folder, 'admin.token'), ADMIN)
  writeFileSync(join(folder, 'judge.key'), `${CANARY}-judge-key`)
  writeFileSync(join(folder, 'rubric.md'), '---\nchoices:\n  good: 1\n  bad: 0\n---\nIs it good?\n')
  writeFileSync(join(folder, 'tidemark.yaml'), JSON.stringify(configuration()))
  serving = await serve('tidemark.yaml', folder, 'trace')
})
afterAll(async () => {
  await serving.stop()
  await database.remove()
})

test('a secret in any value of the configuration comes out nowhere', async () => {
  const seen: string[] = []
  const { url } = serving
  for (const token of [READ, INGEST, ADMIN, REVIEW, `${CANARY}-wrong-token`])
    for (const operation of await documentedOperations(url)) {
      const { path, init } = documentedRequest(operation, { agent: 'triage', idOf: () => 'x', now: Date.now() })
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${token}`)
      const response = await fetch(`${url}${path}`, { ...init, headers })
      seen.push(`${JSON.stringify([...response.headers])}\n${await response.text()}`)
    }
  await sendSpans(url, [spanId(1)])
  for (const args of [
    ['config', 'print'],
    ['config', 'print', '--json'],
    ['config', 'diff', 'other.yaml'],
    ['check'],
    ['check', '--json'],
    ['evaluate', '--log-level', 'trace'],
    ['evaluate', '--config', 'broken.yaml'],
    ['evaluate', '--config', 'wrong.yaml'],
    ['evaluate', '--config', 'store.yaml'],
  ]) {
    writeFileSync(join(folder, 'other.yaml'), '{}')
    writeFileSync(join(folder, 'broken.yaml'), `tokens:\n  read: [{ value: "${CANARY}-in-yaml }]\n`)
    writeFileSync(
      join(folder, 'wrong.yaml'),
      JSON.stringify({
        ...configuration(),
        tokens: { read: [{ value: CANARY, file: 'x' }] },
        publish: { otlp: { endpoint: `ftp://u:${CANARY}@h/` }, url: `https://u:${CANARY}@h/` },
      }),
    )
    writeFileSync(
      join(folder, 'store.yaml'),
      JSON.stringify({ store: { url: `postgres://u:${CANARY}@127.0.0.1:9/x` } }),
    )
    const { stdout, stderr } = await tidemark(args, folder)
    seen.push(`${args.join(' ')}: ${stdout}${stderr}`)
  }
  await serving.stop()
  seen.push(serving.log())
  expect(seen.filter((text) => text.includes(CANARY)).map((text) => around(text))).toEqual([])
  expect(seen.join('\n')).toContain('tidemark_store_bytes')
  expect(JSON.stringify(await database.query('select * from audit_entry'))).toMatch(/change\.add/u)
  expect(JSON.stringify(await database.query('select * from audit_entry'))).not.toContain(CANARY)
})

function around(text: string): string {
  const at = text.indexOf(CANARY)
  return text.slice(Math.max(0, at - 300), at + 100)
}

function configuration() {
  const header = { 'x-api-key': { value: `${CANARY}-header` } }
  const score = { name: 'good', from: 'judge', rubric: './rubric.md', model: 'm', apiKeyFile: './judge.key' }
  return {
    store: { url: database.url },
    listen: { port: 0 },
    tokens: {
      ingest: [{ value: INGEST }],
      read: [{ value: READ }],
      review: [{ value: REVIEW }],
      admin: [{ file: './admin.token' }],
    },
    publish: {
      otlp: { endpoint: 'http://127.0.0.1:9', headers: header, intervalSeconds: 1 },
      evaluationResults: { endpoint: 'http://127.0.0.1:9', headers: header },
      webhooks: [{ url: `http://127.0.0.1:9/${CANARY}-path`, secret: { value: `${CANARY}-${'s'.repeat(30)}` } }],
    },
    agents: { '*': {}, triage: { scores: [{ ...score, baseUrl: 'http://127.0.0.1:9' }] } },
  }
}
