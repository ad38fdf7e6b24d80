import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { serve } from '../cli/tidemark-process.ts'
import { testDatabase } from '../engine.ts'

const MOST_MILLISECONDS = 10_000

test('SIGTERM ends the program within 10 s with exit code 0, whatever clients hold open', async () => {
  const database = testDatabase()
  await database.create()
  writeFileSync(
    join(database.folder, 'tidemark.yaml'),
    JSON.stringify({ store: { url: database.url }, listen: { port: 0 } }),
  )
  const serving = await serve('tidemark.yaml', database.folder)
  const port = Number(new URL(serving.url).port)
  // one that says nothing, one in the middle of a header, one in the middle of a body
  const sockets = [
    '',
    'GET / HTTP/1.1\r\nhost',
    'POST /v1/traces HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: 9\r\n\r\n{',
  ].map((text) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    return socket.on('error', () => undefined)
  })
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  const started = performance.now()
  const { code } = await serving.stop()
  expect(code).toBe(0)
  expect(performance.now() - started).toBeLessThan(MOST_MILLISECONDS)
  for (const socket of sockets) socket.destroy()
  await database.remove()
})
