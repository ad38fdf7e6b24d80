import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { testDatabase, type TestDatabase } from '../engine.ts'
import { sendSpans, spanId } from '../send-spans.ts'
import { serve, type Serving } from '../cli/tidemark-process.ts'

/** As many as one process of ours may open beside its own files; the program has the same limit. */
const IDLE = Number(process.env['TIDEMARK_IDLE_CONNECTIONS'] ?? 500)
const SLOW = 100
const AT_ONCE = 250

let database: TestDatabase
let serving: Serving
let sockets: Socket[] = []
beforeEach(async () => {
  database = testDatabase()
  await database.create()
  const config = { store: { url: database.url }, listen: { port: 0 } }
  writeFileSync(join(database.folder, 'tidemark.yaml'), JSON.stringify(config))
  serving = await serve('tidemark.yaml', database.folder)
})
afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  sockets = []
  await serving.stop()
  await database.remove()
})

test(`${IDLE} idle connections leave ingest working`, async () => {
  while (sockets.length < IDLE) await Promise.all(Array.from({ length: AT_ONCE }, () => open()))
  expect(sockets.filter((socket) => socket.readyState === 'open').length).toBeGreaterThanOrEqual(IDLE)
  expect(await sendSpans(serving.url, [spanId(1)])).toMatchObject({ status: 200 })
})

test('connections that send their header a byte at a time are cut off, and ingest works meanwhile', async () => {
  const slow = await Promise.all(Array.from({ length: SLOW }, () => open()))
  const closed = Promise.all(
    slow.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve()))),
  )
  const text = `POST /v1/traces HTTP/1.1\r\nhost: x\r\nx-slow: ${'a'.repeat(5000)}`
  let sent = 0
  const drip = setInterval(() => {
    for (const socket of slow) if (socket.writable) socket.write(text[sent % text.length] ?? '')
    sent += 1
  }, 100)
  expect(await sendSpans(serving.url, [spanId(2)])).toMatchObject({ status: 200 })
  await closed
  clearInterval(drip)
  expect(await sendSpans(serving.url, [spanId(3)])).toMatchObject({ status: 200 })
})

test('headers that are too large are answered 431, and ingest works afterwards', async () => {
  for (const header of [
    `x-large: ${'a'.repeat(100_000)}`,
    `${'b'.repeat(70_000)}: 1`,
    'c: 1\r\n'.repeat(5000).trimEnd(),
  ]) {
    const socket = await open()
    const answer = once(socket, 'data')
    socket.write(`GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n${header}\r\n\r\n`)
    expect(String((await answer)[0])).toMatch(/^HTTP\/1\.1 431/u)
  }
  expect(await sendSpans(serving.url, [spanId(4)])).toMatchObject({ status: 200 })
})

async function open(): Promise<Socket> {
  const socket = connect(Number(new URL(serving.url).port), '127.0.0.1')
  // what the other end cuts off is looked for, not thrown
  socket.on('error', () => undefined)
  sockets.push(socket)
  await once(socket, 'connect')
  return socket
}
