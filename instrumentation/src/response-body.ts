/** Told what happens to a body while somebody else reads it. */
export interface BodyWatcher {
  readonly chunk: (bytes: Uint8Array) => void
  /** Read to its end; `text` where the reader took it whole. */
  readonly done: (text?: string) => void
  readonly failed: (error: unknown) => void
  /** The reader has left before the end. */
  readonly cancelled: () => void
}

/**
 * Lets a watcher see what the owner of a response reads. The response, its body and every chunk stay the very objects the
 * transport made; nothing is read that the owner does not read, so back-pressure is his. Readers are watched by own
 * properties, and the operations that read behind them (`pipeThrough`, `pipeTo`, `tee`) go over a stream that does.
 */
export function watchBody(response: Response, watcher: BodyWatcher): { readonly unwatchedText: () => Promise<string> } {
  // some runtimes read a whole body through the public methods of its stream: one reading is watched once
  const reading = { isWhole: false }
  const text = response.text.bind(response)
  // custom transports bring responses of their own, whose bodies are other streams: those are seen as a whole only
  if (response.body instanceof ReadableStream) watchStream(response.body, watcher, reading)
  watchWhole(response, watcher, reading)
  return {
    unwatchedText() {
      reading.isWhole = true
      return text()
    },
  }
}

interface Reading {
  isWhole: boolean
}

/** Replaces a method of one object, unseen by enumeration. */
export function defineOwn(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}

type Chunk = Uint8Array

function watchStream(body: ReadableStream<Chunk>, watcher: BodyWatcher, reading: Reading): void {
  const getReader = body.getReader.bind(body)
  const values = body.values.bind(body)
  defineOwn(body, 'getReader', (options?: { mode: 'byob' }) => {
    // readers that bring their own buffer see the same bytes
    if (options?.mode === 'byob') return getReader(options)
    return reading.isWhole ? getReader() : watchReader(getReader(), watcher)
  })
  const iterate = (options?: { preventCancel?: boolean }) => watchIterator(values(options), watcher)
  defineOwn(body, 'values', iterate)
  defineOwn(body, Symbol.asyncIterator, iterate)
  const passed = (): ReadableStream<Chunk> => passThrough(watchReader(getReader(), watcher))
  defineOwn(body, 'pipeThrough', (...args: Parameters<ReadableStream<Chunk>['pipeThrough']>) =>
    passed().pipeThrough(...args),
  )
  defineOwn(body, 'pipeTo', (...args: Parameters<ReadableStream<Chunk>['pipeTo']>) => passed().pipeTo(...args))
  defineOwn(body, 'tee', () => passed().tee())
}

function watchReader(
  reader: ReadableStreamDefaultReader<Chunk>,
  watcher: BodyWatcher,
): ReadableStreamDefaultReader<Chunk> {
  const read = reader.read.bind(reader)
  const cancel = reader.cancel.bind(reader)
  defineOwn(reader, 'read', async () => {
    try {
      const result = await read()
      if (result.done) watcher.done()
      else watcher.chunk(result.value)
      return result
    } catch (error) {
      watcher.failed(error)
      throw error
    }
  })
  defineOwn(reader, 'cancel', (reason?: unknown) => {
    watcher.cancelled()
    return cancel(reason)
  })
  return reader
}

function watchIterator(
  iterator: NodeJS.AsyncIterator<Chunk, undefined>,
  watcher: BodyWatcher,
): NodeJS.AsyncIterator<Chunk, undefined> {
  const next = iterator.next.bind(iterator)
  const close = iterator.return?.bind(iterator)
  defineOwn(iterator, 'next', async () => {
    try {
      const result = await next()
      if (result.done === true) watcher.done()
      else watcher.chunk(result.value)
      return result
    } catch (error) {
      watcher.failed(error)
      throw error
    }
  })
  defineOwn(iterator, 'return', (value?: undefined) => {
    watcher.cancelled()
    return close?.(value)
  })
  return iterator
}

/** A stream that reads one chunk when one is wanted, and hands on the same object. */
function passThrough(reader: ReadableStreamDefaultReader<Chunk>): ReadableStream<Chunk> {
  return new ReadableStream<Chunk>(
    {
      async pull(controller) {
        const { done, value } = await reader.read()
        if (done) controller.close()
        else controller.enqueue(value)
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  )
}

function watchWhole(response: Response, watcher: BodyWatcher, reading: Reading): void {
  const settle = async <Whole>(read: () => Promise<Whole>, tell: (whole: Whole) => void): Promise<Whole> => {
    reading.isWhole = true
    let whole: Whole
    try {
      whole = await read()
    } catch (error) {
      watcher.failed(error)
      throw error
    }
    tell(whole)
    return whole
  }
  const text = response.text.bind(response)
  const tellBytes = (whole: ArrayBuffer | Uint8Array): void => {
    watcher.chunk(new Uint8Array(whole))
    watcher.done()
  }
  defineOwn(response, 'text', () => settle(text, watcher.done))
  defineOwn(response, 'json', async () => JSON.parse(await settle(text, watcher.done)))
  const { arrayBuffer, bytes, blob }: Partial<Pick<Response, 'arrayBuffer' | 'bytes' | 'blob'>> = response
  if (arrayBuffer !== undefined) {
    defineOwn(response, 'arrayBuffer', () => settle(arrayBuffer.bind(response), tellBytes))
  }
  if (bytes !== undefined) defineOwn(response, 'bytes', () => settle(bytes.bind(response), tellBytes))
  if (blob !== undefined) defineOwn(response, 'blob', () => settle(blob.bind(response), () => watcher.done()))
}
