import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { listen, type Listener } from '../../src/http/listen.ts'
import { exampleApp, errorOf, NO_TOKENS } from './example-app.ts'
import { storedService } from './stored-service.ts'

const listeners: Listener[] = []
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.stop(0)))
})

describe('listening', () => {
  test('serves on a free port and says which', async () => {
    const { url, port } = await start()
    expect(url).toBe(`http://127.0.0.1:${port}`)
    const response = await fetch(`${url}/healthz`)
    expect(await response.json()).toEqual({ status: 'alive' })
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('refuses an address beyond this machine without tokens', async () => {
    const { app } = exampleApp({ host: '0.0.0.0' })
    await expect(listen(app, { host: '0.0.0.0', port: 0, tokens: NO_TOKENS })).rejects.toMatchObject({
      code: 'public_without_tokens',
      message: expect.stringContaining('0.0.0.0'),
    })
  })

  test('takes it with tokens', async () => {
    const tokens = { ...NO_TOKENS, read: [{ value: 'read-token-1', agents: ['*'] }] }
    const { port } = await start({ host: '0.0.0.0', tokens })
    const url = `http://127.0.0.1:${port}`
    expect((await fetch(`${url}/api/agents`)).status).toBe(401)
    const headers = { authorization: 'Bearer read-token-1' }
    expect((await fetch(`${url}/api/agents`, { headers })).status).toBe(200)
    expect((await fetch(`${url}/v1/traces`, { method: 'POST', body: 'x', headers })).status).toBe(403)
  })

  test('says which port is in use and what to do', async () => {
    const { port } = await start()
    const { app } = exampleApp()
    await expect(listen(app, { host: '127.0.0.1', port, tokens: NO_TOKENS })).rejects.toMatchObject({
      code: 'listen_failed',
      message: `Cannot listen on 127.0.0.1 port ${port}: the port is in use.`,
      next: expect.stringContaining(String(port)),
    })
  })
})

describe('a body over the network', () => {
  test('of 50 MB is refused without being held, announced or not, and the next request works', async () => {
    const { url, port } = await start()
    const before = process.memoryUsage().rss
    for (const isAnnounced of [true, false]) {
      const { status, code } = await sendLarge(port, 50 * 1024 * 1024, isAnnounced)
      expect(status).toBe(413)
      expect(code).toBe('body_too_large')
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 1024 * 1024)
    expect((await fetch(`${url}/v1/traces`, { method: 'POST', body: 'x' })).status).toBe(200)
  })

  test('that breaks off in the middle does no harm', async () => {
    const { url, port } = await start()
    const socket = connect(port, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-length: 900\r\n\r\nhalf')
    socket.destroy()
    await once(socket, 'close')
    expect((await fetch(`${url}/healthz`)).status).toBe(200)
  })

  test.each([
    'GET / HTTP/1.1\r\nhost: a b\r\n\r\n',
    'NONSENSE\r\n\r\n',
    'GET /%E0%A4%A HTTP/1.1\r\nhost: localhost\r\n\r\n',
  ])('as %j is answered with 4xx', async (text) => {
    const { port } = await start()
    const socket = connect(port, '127.0.0.1')
    socket.end(text)
    const [chunk] = await once(socket, 'data')
    socket.destroy()
    expect(String(chunk)).toMatch(/^HTTP\/1\.1 4\d\d/u)
  })

  test('may be named for this machine only while there are no tokens', async () => {
    const { port } = await start()
    const response = await get(port, { host: 'rebound.example' })
    expect(response.status).toBe(403)
    expect(await errorOf(response)).toMatchObject({ code: 'unauthorized' })
  })
})

describe('stopping', () => {
  test('lets a running request end and takes no new one', async () => {
    const entered = Promise.withResolvers<void>()
    const released = Promise.withResolvers<void>()
    const { service } = storedService()
    const { app } = exampleApp({
      service: {
        ...service,
        ready: async () => {
          entered.resolve()
          await released.promise
        },
      },
    })
    const listener = await listen(app, { host: '127.0.0.1', port: 0, tokens: NO_TOKENS })
    const running = fetch(`${listener.url}/readyz`)
    await entered.promise
    const stopped = listener.stop()
    await expect(fetch(`${listener.url}/healthz`)).rejects.toThrow('fetch failed')
    released.resolve()
    expect((await running).status).toBe(200)
    await stopped
    await listener.stop()
  })

  test('cuts off what does not end in time', async () => {
    const entered = Promise.withResolvers<void>()
    const never = Promise.withResolvers<never>()
    const { service } = storedService()
    const { app } = exampleApp({
      service: {
        ...service,
        ready: () => {
          entered.resolve()
          return never.promise
        },
      },
    })
    const listener = await listen(app, { host: '127.0.0.1', port: 0, tokens: NO_TOKENS })
    const running = fetch(`${listener.url}/readyz`).catch((error: unknown) => error)
    await entered.promise
    await listener.stop(50)
    expect(await running).toBeInstanceOf(TypeError)
  })
})

async function start({ host = '127.0.0.1', tokens = NO_TOKENS } = {}): Promise<Listener> {
  const { app } = exampleApp({
    host,
    tokens,
    limits: { bodyBytes: 1024 * 1024, inFlightBytes: 64 * 1024 * 1024, inFlightRequests: 64 },
  })
  const listener = await listen(app, { host, port: 0, tokens })
  listeners.push(listener)
  return listener
}

/** Sends in pieces of 64 KiB until the server answers, as a client that does not look before it is done. */
async function sendLarge(port: number, bytes: number, isAnnounced: boolean): Promise<{ status: number; code: string }> {
  const headers = isAnnounced ? { 'content-length': bytes } : { 'transfer-encoding': 'chunked' }
  const request = httpRequest({ port, host: '127.0.0.1', path: '/v1/traces', method: 'POST', headers })
  const answer = once(request, 'response')
  request.on('error', () => undefined)
  const piece = Buffer.alloc(64 * 1024)
  for (let sent = 0; sent < bytes && request.writable; sent += piece.length) {
    if (request.write(piece)) continue
    const next = await Promise.race([once(request, 'drain').then(() => 'drained'), answer.then(() => 'answered')])
    if (next === 'answered') break
  }
  const [response] = await answer
  let text = ''
  for await (const chunk of response) text += String(chunk)
  request.destroy()
  const code = /"code":"(\w+)"/u.exec(text)?.[1] ?? ''
  return { status: response.statusCode, code }
}

/** A GET with headers that `fetch` would not send. */
async function get(port: number, headers: Record<string, string>): Promise<Response> {
  const request = httpRequest({ port, host: '127.0.0.1', path: '/api/agents', headers })
  request.end()
  const [response] = await once(request, 'response')
  let text = ''
  for await (const chunk of response) text += String(chunk)
  return new Response(text, { status: response.statusCode })
}
