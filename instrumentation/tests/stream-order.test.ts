import type { ServerResponse } from 'node:http'
import { describe, expect, it } from 'vitest'
import { setting } from './client-setting.ts'
import { type Answer, chunk } from './loopback-provider.ts'

const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }], stream: true as const }
const EVENT_STREAM = { 'content-type': 'text/event-stream' }
const bothClients = [
  ['with the bare client', false],
  ['with the instrumented client', true],
] as const

describe('a stream', () => {
  it.for(bothClients)('%s hands a chunk on before the provider sends the next', async ([, isInstrumented], test) => {
    let open: ServerResponse | undefined
    const { client } = await setting(
      test,
      [
        (response) => {
          open = response.writeHead(200, EVENT_STREAM)
          open.write(`data: ${JSON.stringify(chunk({ content: '0' }))}\n\n`)
        },
      ],
      { isInstrumented },
    )
    const texts: unknown[] = []
    for await (const { choices } of await client.chat.completions.create(ask)) {
      texts.push(choices[0]?.delta.content)
      // a layer that waited for more before it handed this on would wait for ever
      if (texts.length < 5) open?.write(`data: ${JSON.stringify(chunk({ content: String(texts.length) }))}\n\n`)
      else open?.end('data: [DONE]\n\n')
    }
    expect(texts).toEqual(['0', '1', '2', '3', '4'])
  })

  it.for(bothClients)('%s stops a provider whose application does not read', async ([, isInstrumented], test) => {
    const stalled = Promise.withResolvers<number>()
    const { client } = await setting(test, [untilStalled(stalled.resolve)], { isInstrumented })
    const stream = await client.chat.completions.create(ask)
    for await (const _ of stream) {
      // a few buffers of the kernel and of fetch, not the whole answer
      expect(await stalled.promise).toBeLessThan(OFFERED_BYTES / 4)
      break
    }
  })

  it('carries the very bytes that came, not copies', async (test) => {
    const { tidemark } = await setting(test, [])
    const chunks = [`data: ${JSON.stringify(chunk({ content: 'a' }))}\n\n`, 'data: [DONE]\n\n'].map((text) =>
      new TextEncoder().encode(text),
    )
    const observed = tidemark.fetch(async () => new Response(ReadableStream.from(chunks), { headers: EVENT_STREAM }))
    const { body } = await observed('http://127.0.0.1:1/v1/chat/completions', {
      method: 'POST',
      body: JSON.stringify(ask),
    })
    const seen: Uint8Array[] = []
    for await (const bytes of body ?? []) seen.push(bytes)
    expect(seen).toHaveLength(2)
    for (const [index, bytes] of seen.entries()) expect(bytes).toBe(chunks[index])
  })
})

const OFFERED_BYTES = 64 * 1024 * 1024

/** Sends as fast as it is taken; tells how much was taken when nothing more is for a third of a second, or at the end. */
function untilStalled(tell: (bytes: number) => void): Answer {
  const send = async (response: ServerResponse): Promise<void> => {
    response.writeHead(200, EVENT_STREAM)
    const piece = `data: ${JSON.stringify(chunk({ content: 'x'.repeat(64 * 1024) }))}\n\n`
    let bytes = 0
    while (bytes < OFFERED_BYTES && !response.destroyed) {
      bytes += piece.length
      if (response.write(piece)) continue
      const drained = new Promise((resolve) => response.once('drain', () => resolve('drained')))
      const patience = new Promise((resolve) => setTimeout(resolve, 300, 'stalled'))
      if ((await Promise.race([drained, patience])) === 'stalled') break
    }
    tell(bytes)
    response.end()
  }
  return (response) => void send(response)
}
