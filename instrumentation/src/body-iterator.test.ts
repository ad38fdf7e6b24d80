import { describe, expect, test } from 'vitest'
import { watchedIterator } from './body-iterator.ts'
import type { BodyWatcher } from './body-stream.ts'

type Body = ReadableStream<Uint8Array>
type Iterator = NodeJS.AsyncIterator<Uint8Array, undefined>
interface Seen {
  readonly steps: unknown[]
  readonly isLocked: boolean
  readonly source: readonly string[]
}

/** Ways to use the iterator of a body that has the chunks 1 and 2. */
const USES: Readonly<Record<string, (iterator: Iterator) => Promise<unknown[]>>> = {
  'one after the other': async (iterator) => [
    await iterator.next(),
    await iterator.next(),
    await iterator.next(),
    await iterator.next(),
  ],
  'all at once': (iterator) =>
    Promise.all([iterator.next(), iterator.next(), iterator.next(), iterator.next(), iterator.return?.()]),
  'left before the first chunk': async (iterator) => [await iterator.return?.(), await iterator.next()],
  'left while a chunk is awaited': (iterator) =>
    Promise.all([iterator.next(), iterator.return?.(), iterator.next(), iterator.return?.()]),
  'left by a loop': async (iterator) => {
    const chunks: unknown[] = []
    for await (const chunk of iterator) {
      chunks.push(chunk)
      if (chunks.length === 1) break
    }
    return [...chunks, await iterator.next()]
  },
}

describe.each([{}, { preventCancel: true }])('an iterator with %j', (options) => {
  test.each(Object.entries(USES))('%s: as the one of the body', async (_, use) => {
    const own = await seen((body) => body.values(options), use)
    const watched = await seen((body) => watchedIterator(body.getReader(), NOBODY, options), use)

    expect(watched).toEqual(own)
  })

  test('an error reaches every call as with the one of the body', async () => {
    const use = async (iterator: Iterator): Promise<unknown[]> =>
      Promise.allSettled([iterator.next(), iterator.next(), iterator.next(), iterator.next(), iterator.return?.()])
    const own = await seen((body) => body.values(options), use, 'broken')
    const watched = await seen((body) => watchedIterator(body.getReader(), NOBODY, options), use, 'broken')

    expect(watched).toEqual(own)
  })
})

test('the watcher hears of chunks, of the end, of an error and of a reader who leaves', async () => {
  expect(await told(['next', 'next', 'next'])).toEqual(['chunk 1', 'chunk 2', 'done'])
  expect(await told(['next', 'next', 'next'], 'broken')).toEqual(['chunk 1', 'chunk 2', 'failed broken'])
  expect(await told(['next', 'return'])).toEqual(['chunk 1', 'cancelled'])
})

async function told(steps: readonly ('next' | 'return')[], error?: string): Promise<readonly string[]> {
  const events: string[] = []
  const watcher: BodyWatcher = {
    chunk: ([first]) => void events.push(`chunk ${first}`),
    done: () => void events.push('done'),
    failed: (reason) => void events.push(`failed ${String(reason)}`),
    cancelled: () => void events.push('cancelled'),
  }
  const iterator = watchedIterator(bodyOf([], error).getReader(), watcher, undefined)
  for (const step of steps) await iterator[step]?.().catch(() => undefined)
  return events
}

const NOBODY: BodyWatcher = { chunk: nothing, done: nothing, failed: nothing, cancelled: nothing }

function nothing(): void {
  // nobody is told
}

async function seen(
  iterate: (body: Body) => Iterator,
  use: (iterator: Iterator) => Promise<unknown[]>,
  error?: string,
): Promise<Seen> {
  const source: string[] = []
  const body = bodyOf(source, error)
  const steps = await use(iterate(body))
  return { steps, isLocked: body.locked, source }
}

/** Bytes, as the transport's are; the chunks come one for each pull. */
function bodyOf(source: string[], error: string | undefined): Body {
  let sent = 0
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      await Promise.resolve()
      sent++
      source.push(`pull ${sent}`)
      if (sent <= 2) controller.enqueue(Uint8Array.of(sent))
      else if (error !== undefined) controller.error(error)
      else controller.close()
    },
    cancel: (reason) => void source.push(`cancel ${String(reason)}`),
  })
}
