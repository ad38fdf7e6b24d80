import { watchedIterator } from './body-iterator.ts'

/** Told what happens to a body while somebody else reads it. */
export interface BodyWatcher {
  chunk(bytes: Uint8Array): void
  /** Read to its end; `text` where the reader took it whole. */
  done(text?: string): void
  failed(error: unknown): void
  /** The reader has left before the end. */
  cancelled(): void
}

/** Some runtimes read a whole body through the public methods of its stream: one reading is watched once. */
export interface WholeReading {
  isWhole: boolean
}

/**
 * Lets the watcher see every reader of a stream, but for those of a reading that is watched as a whole. Readers are watched
 * by own properties, and the operations that read behind them (`pipeThrough`, `pipeTo`, `tee`) go over a stream that does.
 * The transport holds the stream: nothing here may hold the response.
 */
export function watchStream(body: ReadableStream<Chunk>, watcher: BodyWatcher, reading: WholeReading): void {
  const getReader = body.getReader.bind(body)
  defineOwn(body, 'getReader', (options?: { mode: 'byob' }) => {
    // readers that bring their own buffer see the same bytes
    if (options?.mode === 'byob') return getReader(options)
    return reading.isWhole ? getReader() : watchReader(getReader(), watcher)
  })
  const iterate = (options?: { preventCancel?: boolean }) => watchedIterator(getReader(), watcher, options)
  defineOwn(body, 'values', iterate)
  defineOwn(body, Symbol.asyncIterator, iterate)
  const passed = (): ReadableStream<Chunk> => passThrough(watchReader(getReader(), watcher))
  defineOwn(body, 'pipeThrough', (...args: Parameters<ReadableStream<Chunk>['pipeThrough']>) =>
    passed().pipeThrough(...args),
  )
  defineOwn(body, 'pipeTo', (...args: Parameters<ReadableStream<Chunk>['pipeTo']>) => passed().pipeTo(...args))
  defineOwn(body, 'tee', () => passed().tee())
}

/** Replaces a method of one object, unseen by enumeration. */
export function defineOwn(target: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false })
}

type Chunk = Uint8Array

function watchReader(
  reader: ReadableStreamDefaultReader<Chunk>,
  watcher: BodyWatcher,
): ReadableStreamDefaultReader<Chunk> {
  const cancel = reader.cancel.bind(reader)
  defineOwn(reader, 'read', watched(reader.read.bind(reader), watcher))
  defineOwn(reader, 'cancel', (reason?: unknown) => {
    watcher.cancelled()
    return cancel(reason)
  })
  return reader
}

type Read = () => Promise<{ readonly done?: boolean | undefined; readonly value?: Chunk | undefined }>

/** The reader gets the very promise of his read; the watcher hears of it first. An async function between them doubled the cost of a chunk. */
function watched(read: Read, watcher: BodyWatcher): Read {
  const arrived: Parameters<ReturnType<Read>['then']>[0] = ({ done, value }) => {
    if (done === true || value === undefined) watcher.done()
    else watcher.chunk(value)
  }
  const failed = (error: unknown): void => watcher.failed(error)
  return () => {
    const result = read()
    result.then(arrived, failed)
    return result
  }
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
