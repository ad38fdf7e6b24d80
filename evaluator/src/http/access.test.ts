import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { assert, constantFrom, property, string } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { errorOf, exampleApp, NO_TOKENS, postJson } from '../../tests/http/example-app.ts'
import { matchesGlob } from '../domain/agent-glob.ts'
import { isLoopback } from './loopback.ts'

const INGEST = 'ingest-token-1'
const READ = 'read-token-22'
const ADMIN = 'admin-token-3'
const REVIEW = 'review-token-5'
const NARROW = 'support-reader-4'
const TOKENS = {
  ingest: [{ value: INGEST, agents: ['support-*'] }],
  read: [
    { value: READ, agents: ['*'] },
    { value: NARROW, agents: ['support-*'] },
  ],
  review: [{ value: REVIEW, agents: ['support-*'] }],
  admin: [{ value: ADMIN, agents: ['support-*'] }],
}

const INGEST_ROUTES = [
  ['POST', '/v1/traces', {}],
  ['POST', '/v1/escalations', { id: '1', agent: 'support-triage' }],
] as const
const READ_ROUTES = [
  ['GET', '/', undefined],
  ['GET', '/agents/support-triage/verdict', undefined],
  ['GET', '/api/agents', undefined],
  ['GET', '/api/agents/support-triage/verdict', undefined],
  ['GET', '/api/agents/support-triage/verdicts', undefined],
  ['GET', '/api/agents/support-triage/baselines', undefined],
  ['GET', '/api/incidents', undefined],
  ['GET', '/metrics', undefined],
] as const
const ADMIN_ROUTES = [
  ['POST', '/api/incidents/inc-41', { action: 'fixed', by: 'Ada' }],
  ['POST', '/api/agents/support-triage/run', {}],
  ['GET', '/api/audit', undefined],
] as const
const REVIEW_ROUTES = [['GET', '/api/agents/support-triage/reviews', undefined]] as const
const MATRIX = [
  ...REVIEW_ROUTES.map((route) => [...route, REVIEW] as const),
  ...INGEST_ROUTES.map((route) => [...route, INGEST] as const),
  ...READ_ROUTES.map((route) => [...route, READ] as const),
  ...ADMIN_ROUTES.map((route) => [...route, ADMIN] as const),
]

describe('with tokens', () => {
  test.each(MATRIX)('%s %s takes the token of its role alone', async (method, path, body, right) => {
    const { app } = exampleApp({ tokens: TOKENS })
    const statusWith = async (authorization: string | undefined) => {
      const headers: Record<string, string> = { 'content-type': 'application/json' }
      if (authorization !== undefined) headers['authorization'] = authorization
      const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) }
      return (await app.request(path, init)).status
    }
    expect([200, 201]).toContain(await statusWith(`Bearer ${right}`))
    expect([200, 201]).toContain(await statusWith(`bearer  ${right}`))
    expect(await statusWith(undefined)).toBe(401)
    expect(await statusWith('Bearer')).toBe(401)
    expect(await statusWith(`Bearer ${right}x`)).toBe(401)
    expect(await statusWith(`Token ${right}`)).toBe(401)
    for (const wrong of [INGEST, READ, REVIEW, ADMIN].filter((token) => token !== right))
      expect(await statusWith(`Bearer ${wrong}`)).toBe(401)
  })

  test.each(['/healthz', '/readyz', '/style.css', '/icon.svg'])('%s needs none', async (path) => {
    const { app } = exampleApp({ tokens: TOKENS })
    expect((await app.request(path)).status).toBe(200)
  })

  test('the answer asks for a bearer token, and a browser for a password', async () => {
    const { app } = exampleApp({ tokens: TOKENS })
    const api = await app.request('/api/agents')
    expect(api.headers.get('www-authenticate')).toBe('Bearer realm="tidemark"')
    const page = await app.request('/', { headers: { accept: 'text/html' } })
    expect(page.headers.get('www-authenticate')).toMatch(/^Basic /u)
  })

  test('a browser may send the token as password', async () => {
    const { app } = exampleApp({ tokens: TOKENS })
    const authorization = `Basic ${Buffer.from(`anyone:${READ}`).toString('base64')}`
    expect((await app.request('/', { headers: { authorization } })).status).toBe(200)
  })

  test('the token that was sent appears in no answer', async () => {
    const { app, logged } = exampleApp({ tokens: TOKENS })
    const response = await app.request('/api/agents', { headers: { authorization: 'Bearer hunter2-secret' } })
    expect(await response.text()).not.toContain('hunter2')
    expect(JSON.stringify(logged)).not.toContain('hunter2')
  })

  test('an ingest token speaks for its agents only', async () => {
    const { app, traces } = exampleApp({ tokens: TOKENS })
    const headers = { authorization: `Bearer ${INGEST}` }
    await app.request('/v1/traces', { method: 'POST', body: 'x', headers })
    expect(traces[0]?.refused).toEqual(['billing'])
    const response = await app.request('/v1/escalations', postJson({ id: '2', agent: 'billing' }, headers))
    expect(response.status).toBe(403)
    expect(await errorOf(response)).toMatchObject({ code: 'unauthorized' })
  })

  test.each([
    '/agents/billing/verdict',
    '/api/agents/billing/verdict',
    '/api/agents/billing/verdicts',
    '/api/agents/billing/baselines',
    '/api/incidents?agent=billing',
    '/metrics',
  ])('a read token of other agents may not see %s', async (path) => {
    const { app } = exampleApp({ tokens: TOKENS })
    const response = await app.request(path, { headers: { authorization: `Bearer ${NARROW}` } })
    expect(response.status).toBe(403)
    expect(await errorOf(response)).toMatchObject({ code: 'unauthorized' })
  })

  test.each(['/', '/api/agents', '/api/incidents'])('%s shows a read token its own agents only', async (path) => {
    const { app } = exampleApp({ tokens: TOKENS })
    const response = await app.request(path, { headers: { authorization: `Bearer ${NARROW}` } })
    const text = await response.text()
    expect(text).toContain('support-triage')
    expect(text).not.toContain('billing')
  })

  test('an admin token cannot decide on the incident of another agent', async () => {
    const { app } = exampleApp({ tokens: TOKENS })
    const headers = { authorization: `Bearer ${ADMIN}` }
    const response = await app.request('/api/incidents/inc-7', postJson({ action: 'fixed', by: 'Ada' }, headers))
    expect(response.status).toBe(403)
  })

  test('tokens come from files too, read at start', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'tidemark-tokens-')), 'read')
    writeFileSync(file, 'token-of-a-file\n')
    const { app } = exampleApp({ tokens: { ...NO_TOKENS, read: [{ file, agents: ['*'] }] } })
    writeFileSync(file, 'another-token-now\n')
    const statusWith = async (token: string) =>
      (await app.request('/api/agents', { headers: { authorization: `Bearer ${token}` } })).status
    expect(await statusWith('token-of-a-file')).toBe(200)
    expect(await statusWith('another-token-now')).toBe(401)
  })

  test('a token file that is missing, too short or holds two words stops the start', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-tokens-'))
    const start = (name: string, text?: string) => {
      const file = join(folder, name)
      if (text !== undefined) writeFileSync(file, text)
      return () => exampleApp({ tokens: { ...NO_TOKENS, admin: [{ file, agents: ['*'] }] } })
    }
    expect(start('missing')).toThrow(expect.objectContaining({ code: 'config_unreadable' }))
    expect(start('short', ' abc \n')).toThrow(expect.objectContaining({ code: 'config_invalid' }))
    expect(start('words', 'two words here')).toThrow(expect.objectContaining({ code: 'config_invalid' }))
  })
})

describe('without tokens', () => {
  test.each(MATRIX)('%s %s is open on this machine', async (method, path, body) => {
    const init = body === undefined ? { method } : postJson(body)
    expect([200, 201]).toContain((await exampleApp().app.request(path, init)).status)
  })

  test.each(MATRIX)('%s %s is closed on any other address', async (method, path, body) => {
    const { app } = exampleApp({ host: '0.0.0.0' })
    const response = await app.request(path, body === undefined ? { method } : postJson(body))
    expect(response.status).toBe(403)
    expect((await errorOf(response)).message).toContain('closed')
  })

  test('a role without tokens stays open on this machine while another has some', async () => {
    const { app } = exampleApp({ tokens: { ...NO_TOKENS, admin: TOKENS.admin } })
    expect((await app.request('/api/agents')).status).toBe(200)
    const response = await app.request('/api/incidents/inc-41', postJson({ action: 'fixed', by: 'Ada' }))
    expect(response.status).toBe(401)
  })

  test('a page that made its own name point here is refused', async () => {
    const { app } = exampleApp()
    const response = await app.request('http://rebound.example/api/agents')
    expect(response.status).toBe(403)
    expect((await errorOf(response)).message).toContain('rebound.example')
  })

  test.each(['http://localhost:8433/api/agents', 'http://127.0.0.1/api/agents', 'http://[::1]:1/api/agents'])(
    '%s names this machine',
    async (url) => {
      expect((await exampleApp().app.request(url)).status).toBe(200)
    },
  )
})

describe('agent patterns', () => {
  test.each([
    ['*', 'anything', true],
    ['*', '', true],
    ['support-*', 'support-', true],
    ['support-*', 'support-triage', true],
    ['support-*', 'my-support-triage', false],
    ['*-triage', 'support-triage', true],
    ['s*t*e', 'support-triage', true],
    ['s*t*e', 'se', false],
    ['ab*ba', 'aba', false],
    ['*a*b*', 'xbxa', false],
    ['support.triage', 'support-triage', false],
    ['(.+)+$', 'aaaa', false],
  ])('%s matches %s: %s', (pattern, agent, expected) => {
    expect(matchesGlob(pattern, agent)).toBe(expected)
  })

  test('agree with the regular expression that a pattern means', () => {
    const text = string({ unit: constantFrom('a', 'b', '*'), maxLength: 8 })
    assert(
      property(text, string({ unit: constantFrom('a', 'b'), maxLength: 10 }), (pattern, agent) => {
        const meaning = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 'u')
        expect(matchesGlob(pattern, agent)).toBe(meaning.test(agent))
      }),
    )
  })
})

test.each([
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['localhost', true],
  ['::1', true],
  ['[::1]', true],
  ['0:0:0:0:0:0:0:1', true],
  ['0.0.0.0', false],
  ['::', false],
  ['10.0.0.1', false],
  ['127.0.0.1.example.org', false],
  ['localhost.example.org', false],
  ['evaluator', false],
  ['', false],
])('%s can only mean this machine: %s', (host, expected) => {
  expect(isLoopback(host)).toBe(expected)
})
