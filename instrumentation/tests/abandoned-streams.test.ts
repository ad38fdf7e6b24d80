import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from 'vitest'
import { setting } from './client-setting.ts'
import { chunk, events } from './loopback-provider.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')
const ask = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'hi' }], stream: true as const }

it('a stream that nobody reads and nobody keeps ends its span', async (test) => {
  const { client, sink } = await setting(test, [events([chunk({ content: 'a' })], 'hang')])
  const forget = async (): Promise<void> => {
    await client.chat.completions.create(ask)
  }
  await forget()
  expect(sink.spans()).toHaveLength(0)
  await expect
    .poll(
      () => {
        collectGarbage()
        return sink.spans('chat gpt-4o').map(({ attributes }) => attributes['error.type'])
      },
      { interval: 20, timeout: 10_000 },
    )
    .toEqual(['abandoned'])
})

it('a process that shuts down ends the spans of streams it is still reading', async (test) => {
  const { client, sink, tidemark } = await setting(test, [events([chunk({ content: 'a' })], 'hang')])
  const stream = await client.chat.completions.create(ask)
  await tidemark.shutdown(0)
  expect(sink.spans('chat gpt-4o').map(({ attributes }) => attributes['error.type'])).toEqual(['abandoned'])
  stream.controller.abort()
  expect(sink.spans('chat gpt-4o')).toHaveLength(1)
})
