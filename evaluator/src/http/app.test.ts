import { describe, expect, test } from 'vitest'
import { errorOf, exampleApp, postJson } from '../../tests/http/example-app.ts'
import { storedService } from '../../tests/http/stored-service.ts'
import { exampleVerdict, slotOfDay } from '../../tests/http/verdict-fixture.ts'
import { ERROR_CODES, TidemarkError } from '../domain/errors.ts'
import { ERROR_STATUS } from './error-status.ts'

describe('POST /v1/traces', () => {
  test('hands the body on and answers what the service answers', async () => {
    const { app, traces } = exampleApp()
    const response = await app.request('/v1/traces', {
      method: 'POST',
      body: new Uint8Array([10, 0, 255]),
      headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' },
    })
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ partialSuccess: {} })
    expect(traces).toEqual([
      expect.objectContaining({ contentType: 'application/x-protobuf', contentEncoding: 'gzip', refused: [] }),
    ])
    expect([...(traces[0]?.body ?? [])]).toEqual([10, 0, 255])
  })

  test('takes a body of exactly the limit and refuses one byte more', async () => {
    const { app, traces } = exampleApp()
    const send = (bytes: number) => app.request('/v1/traces', { method: 'POST', body: new Uint8Array(bytes) })
    expect((await send(1000)).status).toBe(200)
    const response = await send(1001)
    expect(response.status).toBe(413)
    expect(await errorOf(response)).toMatchObject({ code: 'body_too_large' })
    expect(traces).toHaveLength(1)
  })

  test('gives up an endless body once the limit is passed', async () => {
    const { app } = exampleApp()
    let chunks = 0
    let isCancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        chunks += 1
        controller.enqueue(new Uint8Array(300))
      },
      cancel: () => {
        isCancelled = true
      },
    })
    const response = await app.request(
      new Request('http://localhost/v1/traces', { method: 'POST', body, duplex: 'half' }),
    )
    expect(response.status).toBe(413)
    expect(isCancelled).toBe(true)
    expect(chunks).toBeLessThanOrEqual(6)
  })

  test('of a sender that breaks off is a 400, not a defect', async () => {
    const { app, logged } = exampleApp()
    const body = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) })
    const response = await app.request(
      new Request('http://localhost/v1/traces', { method: 'POST', body, duplex: 'half' }),
    )
    expect(response.status).toBe(400)
    expect(await errorOf(response)).toMatchObject({ code: 'body_malformed' })
    expect(logged).toEqual([])
  })
})

describe('POST /v1/escalations', () => {
  test('answers 201 for a new id and 200 for a known one', async () => {
    const { app, escalations } = exampleApp()
    const body = { id: 'e-1', agent: 'support-triage', question: 'Refund?' }
    const first = await app.request('/v1/escalations', postJson(body))
    const second = await app.request('/v1/escalations', postJson(body))
    expect([first.status, second.status]).toEqual([201, 200])
    expect(await second.json()).toEqual({ id: 'e-1' })
    expect(escalations.get('e-1')).toEqual(body)
  })

  test('shows what the service finds wrong', async () => {
    const { app } = exampleApp()
    const response = await app.request('/v1/escalations', postJson({}))
    expect(response.status).toBe(422)
    expect(await errorOf(response)).toMatchObject({ code: 'escalation_invalid', next: 'Send both.' })
  })

  test.each([
    ['no JSON', '{"id":', { 'content-type': 'application/json' }, 400, 'body_malformed'],
    ['no UTF-8', new Uint8Array([0xff, 0xfe]), { 'content-type': 'application/json' }, 400, 'body_malformed'],
    ['a form', 'id=1', { 'content-type': 'application/x-www-form-urlencoded' }, 415, 'content_type_unsupported'],
    [
      'compressed',
      '{}',
      { 'content-type': 'application/json', 'content-encoding': 'gzip' },
      415,
      'content_encoding_unsupported',
    ],
    ['over 1 MiB', `"${'x'.repeat(1024 * 1024)}"`, { 'content-type': 'application/json' }, 413, 'body_too_large'],
  ])('refuses a body that is %s', async (_, body, headers, status, code) => {
    const { app } = exampleApp()
    const response = await app.request('/v1/escalations', { method: 'POST', body, headers })
    expect(response.status).toBe(status)
    expect(await errorOf(response)).toMatchObject({ code })
  })
})

describe('the API', () => {
  test('lists agents with their newest verdict, without examples', async () => {
    const { app } = exampleApp()
    const response = await app.request('/api/agents')
    const body: unknown = await response.json()
    const { examples: _, ...verdict } = exampleVerdict({ day: 33 })
    expect(body).toMatchObject({
      agents: [{ agent: 'support-triage', calls: 3894, openReviewItems: 4, verdict }, { agent: 'billing' }],
    })
    expect(JSON.stringify(body)).not.toContain('examples')
  })

  test.each([
    ['epoch milliseconds', String(slotOfDay(12))],
    ['a time', new Date(slotOfDay(12)).toISOString()],
    ['a time with an offset', '2026-09-12T10:00:00%2B02:00'],
  ])('gives the verdict of a slot named by %s', async (_, slot) => {
    const { app } = exampleApp()
    const response = await app.request(`/api/agents/support-triage/verdict?slot=${slot}`)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual(exampleVerdict({ day: 12 }))
  })

  test('gives the newest verdict without a slot', async () => {
    const { app } = exampleApp()
    const response = await app.request('/api/agents/billing/verdict')
    expect(await response.json()).toEqual(exampleVerdict({ agent: 'billing', day: 33 }))
  })

  test('gives as many verdicts as asked for, oldest first', async () => {
    const { app } = exampleApp()
    const response = await app.request('/api/agents/support-triage/verdicts?limit=2')
    expect(await response.json()).toEqual({ verdicts: [exampleVerdict({ day: 32 }), exampleVerdict({ day: 33 })] })
  })

  test('lists baselines and the incidents of one agent or of all', async () => {
    const { app } = exampleApp()
    expect(await (await app.request('/api/agents/support-triage/baselines')).json()).toEqual({ baselines: [] })
    const ids = async (path: string) => JSON.stringify(await (await app.request(path)).json()).match(/inc-\d+/gu)
    expect(await ids('/api/incidents')).toEqual(['inc-41', 'inc-7'])
    expect(await ids('/api/incidents?agent=billing')).toEqual(['inc-7'])
  })

  test('moves an incident on, with the name of who decided', async () => {
    const { app } = exampleApp()
    const response = await app.request('/api/incidents/inc-41', postJson({ action: 'acknowledge', by: ' Ada ' }))
    expect(await response.json()).toMatchObject({ id: 'inc-41', state: 'acknowledged', by: 'Ada' })
  })

  test.each([
    ['/api/agents/nobody/verdict', 404, 'agent_unknown', 'nobody'],
    ['/api/agents/support-triage/verdict?slot=1', 404, 'window_empty', '1970-01-01'],
    ['/api/agents/support-triage/verdict?slot=yesterday', 400, 'argument_invalid', 'slot "yesterday" is no time'],
    ['/api/agents/support-triage/verdict?slot=9999999999999999', 400, 'argument_invalid', 'slot'],
    ['/api/agents/support-triage/verdict?solt=1', 400, 'argument_invalid', 'solt'],
    ['/api/agents/support-triage/verdicts?limit=0', 400, 'argument_invalid', 'limit 0 is below 1'],
    ['/api/agents/support-triage/verdicts?limit=1001', 400, 'argument_invalid', 'limit 1001 is above 1000'],
    ['/api/agents/support-triage/verdicts?limit=all', 400, 'argument_invalid', 'limit "all" is no whole number'],
    [`/api/agents/${'x'.repeat(129)}/verdict`, 400, 'argument_invalid', '128'],
    ['/api/incidents?agent=', 400, 'argument_invalid', 'agent "" is empty'],
    ['/api/nothing', 404, 'route_not_found', '/api/nothing'],
  ])('answers %s with %i %s', async (path, status, code, text) => {
    const { app } = exampleApp()
    const response = await app.request(path)
    expect(response.status).toBe(status)
    const error = await errorOf(response)
    expect(error.code).toBe(code)
    expect(error.message).toContain(text)
    expect(error.next).not.toBe('')
  })

  test.each([
    [{ action: 'ignore', by: 'Ada' }, 'action "ignore" is none of acknowledge, fixed, accepted, false_alarm'],
    [{ action: 'fixed' }, 'by is missing'],
    [{ action: 'fixed', by: '  ' }, 'by'],
    [{ action: 'fixed', by: 'Ada', force: true }, 'force is not known here'],
    [null, 'The body'],
  ])('refuses the incident step %j', async (body, text) => {
    const { app } = exampleApp()
    const response = await app.request('/api/incidents/inc-41', postJson(body))
    expect(response.status).toBe(400)
    expect((await errorOf(response)).message).toContain(text)
  })

  test('does not know an incident that is not there', async () => {
    const { app } = exampleApp()
    const response = await app.request('/api/incidents/inc-9', postJson({ action: 'fixed', by: 'Ada' }))
    expect(await errorOf(response)).toMatchObject({ code: 'argument_invalid' })
  })

  test('refuses a method that a path does not have like a path that is not there', async () => {
    const { app } = exampleApp()
    const response = await app.request('/v1/traces')
    expect(response.status).toBe(404)
    expect(await errorOf(response)).toMatchObject({ code: 'route_not_found', message: 'There is no GET /v1/traces.' })
  })
})

describe('probes and metrics', () => {
  test('metrics come from the service with their content type', async () => {
    const response = await exampleApp().app.request('/metrics')
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(await response.text()).toBe('tidemark_store_bytes 1\n')
  })

  test('readiness fails with the store, liveness does not', async () => {
    const ready = failWith(new TidemarkError('store_unavailable', 'The store is locked.', 'Wait.'))
    const { app, logged } = exampleApp({ service: { ...storedService().service, ready } })
    const response = await app.request('/readyz')
    expect(response.status).toBe(503)
    expect(response.headers.get('retry-after')).toBe('5')
    expect(await errorOf(response)).toMatchObject({ code: 'store_unavailable' })
    expect(logged).toHaveLength(1)
    expect((await app.request('/healthz')).status).toBe(200)
  })

  test('a store that answers makes it ready', async () => {
    const response = await exampleApp().app.request('/readyz')
    expect(await response.json()).toEqual({ status: 'ready' })
  })
})

describe('errors', () => {
  test('of our own making keep message and stack for the log and show a reference', async () => {
    const listAgents = failWith(new Error('SELECT password FROM /srv/secret.db'))
    const { app, logged } = exampleApp({ service: { ...storedService().service, listAgents } })
    const response = await app.request('/api/agents')
    const text = await response.text()
    expect(response.status).toBe(500)
    expect(text).toContain('reference-1')
    expect(text).not.toMatch(/SELECT|secret|at .*\.ts/u)
    expect(logged).toEqual([expect.objectContaining({ reference: 'reference-1', path: '/api/agents' })])
  })

  test('that only commands can raise count as defects when a request raises them', async () => {
    const listAgents = failWith(new TidemarkError('config_unreadable', '/srv/token', 'x'))
    const { app } = exampleApp({ service: { ...storedService().service, listAgents } })
    expect(await errorOf(await app.request('/api/agents'))).toMatchObject({ code: 'internal' })
  })

  test.each(ERROR_CODES)('%s has a status of an error', (code) => {
    expect(ERROR_STATUS[code]).toBeGreaterThanOrEqual(400)
  })

  test('are a page for a browser and JSON for everyone else', async () => {
    const { app } = exampleApp()
    const page = await app.request('/agents/nobody/verdict', { headers: { accept: 'text/html,*/*' } })
    expect(page.status).toBe(404)
    expect(page.headers.get('content-type')).toContain('text/html')
    expect(await page.text()).toContain('There is no verdict on an agent nobody yet.')
    expect(await errorOf(await app.request('/agents/nobody/verdict'))).toMatchObject({ code: 'agent_unknown' })
  })
})

describe('headers', () => {
  test.each(['/', '/api/agents', '/metrics', '/healthz', '/api/nothing', '/agents/nobody/verdict', '/style.css'])(
    'of %s protect it',
    async (path) => {
      const { headers } = await exampleApp().app.request(path)
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("style-src 'self'")
      expect(policy).not.toContain('script-src')
      expect(policy).not.toContain('unsafe')
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('x-frame-options')).toBe('DENY')
      expect(headers.get('referrer-policy')).toBe('no-referrer')
      expect(headers.get('access-control-allow-origin')).toBeNull()
      expect(headers.get('cache-control')).toBe(path === '/style.css' ? 'public, max-age=300' : 'no-store')
    },
  )
})

function failWith(error: Error): () => Promise<never> {
  return async () => {
    throw error
  }
}
