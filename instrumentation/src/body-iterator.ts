import type { BodyWatcher } from './body-stream.ts'

/** What a chunk of a body is read with. */
type Reader = ReadableStreamDefaultReader<Uint8Array>
type Result = IteratorResult<Uint8Array, undefined>

/**
 * Iterates over a body as its own iterator does (https://streams.spec.whatwg.org/#rs-asynciterator) and tells a watcher. That of
 * Node makes several promises for each chunk and waits for all of them: reading through the reader makes up for the watching.
 */
export function watchedIterator(
  reader: Reader,
  watcher: BodyWatcher,
  options: { preventCancel?: boolean } | undefined,
): NodeJS.AsyncIterator<Uint8Array, undefined> {
  return new WatchedIterator(reader, watcher, options?.preventCancel === true)
}

class WatchedIterator {
  readonly #reader: Reader
  readonly #watcher: BodyWatcher
  readonly #preventsCancel: boolean
  /** Calls that have not settled: one more waits for the last of them. */
  #open = 0
  #last: Promise<unknown> | undefined
  #isFinished = false

  constructor(reader: Reader, watcher: BodyWatcher, preventsCancel: boolean) {
    this.#reader = reader
    this.#watcher = watcher
    this.#preventsCancel = preventsCancel
  }

  next(): Promise<Result> {
    const read = this.#open++ === 0 ? this.#read() : this.#afterLast(() => this.#read())
    this.#last = read
    return read
  }

  return(value?: undefined): Promise<Result> {
    this.#watcher.cancelled()
    const left = this.#open++ === 0 ? this.#leave(value) : this.#afterLast(() => this.#leave(value))
    this.#last = left
    return left
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #afterLast(step: () => Promise<Result>): Promise<Result> {
    return this.#last?.then(step, step) ?? step()
  }

  #read(): Promise<Result> {
    if (this.#isFinished) return this.#settled({ done: true, value: undefined })
    return this.#reader.read().then(this.#arrived, this.#failed)
  }

  readonly #arrived = (result: Awaited<ReturnType<Reader['read']>>): Result => {
    this.#open--
    if (!result.done) {
      this.#watcher.chunk(result.value)
      return result
    }
    this.#finish()
    this.#watcher.done()
    return { done: true, value: undefined }
  }

  readonly #failed = (error: unknown): never => {
    this.#open--
    this.#finish()
    this.#watcher.failed(error)
    throw error
  }

  async #leave(value: undefined): Promise<Result> {
    try {
      if (!this.#isFinished) {
        const cancelled = this.#preventsCancel ? undefined : this.#reader.cancel(value)
        this.#finish()
        await cancelled
      }
      return { done: true, value }
    } finally {
      this.#open--
    }
  }

  #finish(): void {
    this.#isFinished = true
    this.#reader.releaseLock()
  }

  #settled(result: Result): Promise<Result> {
    this.#open--
    return Promise.resolve(result)
  }
}
