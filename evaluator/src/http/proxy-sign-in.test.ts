import { describe, expect, test } from 'vitest'
import { errorOf, exampleApp, NO_TOKENS, postJson } from '../../tests/http/example-app.ts'
import type { AppOptions } from './app.ts'
import { signInSettings } from './access-settings.ts'

const SIGN_IN = signInSettings.parse({
  proxies: ['10.1.0.0/16', '2001:db8::5', '127.0.0.1'],
  users: [
    { name: 'ada@example.test', roles: ['read', 'admin'], agents: ['support-*'] },
    { name: 'grace@example.test', roles: ['review'] },
  ],
})
const OPTIONS: Partial<AppOptions> = { signIn: SIGN_IN, host: '0.0.0.0' }
const as = (name: string) => ({ headers: { 'x-forwarded-user': name } })

describe('a person whom the proxy signed in', () => {
  test.each(['10.1.2.3', '::ffff:10.1.2.3', '2001:db8::5', '127.0.0.1'])(
    'is believed on connections from the proxy, %s',
    async (remoteAddress) => {
      const { app } = exampleApp(OPTIONS)
      const response = await app.request('/api/agents', as('ada@example.test'), { remoteAddress })
      expect(response.status).toBe(200)
      expect(await response.text()).not.toContain('billing')
    },
  )

  test.each(['10.2.0.1', '2001:db8::6', '192.0.2.1', undefined])('is not believed from %s', async (remoteAddress) => {
    const { app } = exampleApp(OPTIONS)
    const origin = remoteAddress === undefined ? {} : { remoteAddress }
    expect((await app.request('/api/agents', as('ada@example.test'), origin)).status).toBe(403)
  })

  test('has the roles of the configuration alone', async () => {
    const { app } = exampleApp(OPTIONS)
    const from = { remoteAddress: '10.1.2.3' }
    expect((await app.request('/api/agents', as('grace@example.test'), from)).status).toBe(403)
    expect((await app.request('/api/agents/billing/reviews', as('grace@example.test'), from)).status).toBe(200)
    expect((await app.request('/api/agents', as('mallory@example.test'), from)).status).toBe(403)
    expect((await app.request('/api/agents', {}, from)).status).toBe(403)
  })

  test('does not open the roles without tokens on this machine: the proxy stands there too', async () => {
    const { app } = exampleApp({ ...OPTIONS, host: '127.0.0.1' })
    const response = await app.request('http://127.0.0.1/api/agents', {}, { remoteAddress: '127.0.0.1' })
    expect(response.status).toBe(403)
  })

  test('signs what it decides, and cannot sign for another', async () => {
    const { app, audit } = exampleApp(OPTIONS)
    const from = { remoteAddress: '10.1.2.3' }
    const step = (body: object) =>
      app.request('/api/incidents/inc-41', postJson(body, { 'x-forwarded-user': 'ada@example.test' }), from)
    const forged = await step({ action: 'fixed', by: 'grace@example.test' })
    expect(await errorOf(forged)).toMatchObject({ code: 'argument_invalid' })
    expect(await (await step({ action: 'fixed' })).json()).toMatchObject({ by: 'ada@example.test' })
    expect(audit).toEqual([
      {
        at: expect.any(Number) as number,
        who: 'ada@example.test',
        action: 'incident.step',
        agent: 'support-triage',
        detail: 'inc-41 fixed by ada@example.test',
      },
    ])
  })
})

test('a personal token signs too, and one without a name has to say who decides', async () => {
  const admin = [
    { value: 'token-of-ada', agents: ['*'], name: 'ada' },
    { value: 'token-of-nobody', agents: ['*'] },
  ]
  const { app, audit } = exampleApp({ tokens: { ...NO_TOKENS, admin } })
  const step = (token: string, body: object) =>
    app.request('/api/incidents/inc-41', postJson(body, { authorization: `Bearer ${token}` }))
  expect((await step('token-of-nobody', { action: 'fixed' })).status).toBe(400)
  expect((await step('token-of-ada', { action: 'fixed' })).status).toBe(200)
  expect((await step('token-of-nobody', { action: 'fixed', by: 'grace' })).status).toBe(200)
  expect(audit.map(({ who, detail }) => [who, detail])).toEqual([
    ['ada', 'inc-41 fixed by ada'],
    ['admin token', 'inc-41 fixed by grace'],
  ])
})

test.each(['10.0.0.0/33', '10.0.0', '10.0.0.0/8/8', 'proxy.test', '::/129', '10.0.0.0/'])(
  'the configuration refuses the proxy %s',
  (proxy) => {
    expect(signInSettings.safeParse({ ...SIGN_IN, proxies: [proxy] }).success).toBe(false)
  },
)
