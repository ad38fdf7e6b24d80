import { type BodyWatcher, watchStream, type WholeReading } from './body-stream.ts'

/** Reads a body as text in place of the response's own `text`, which it gets. */
export type ReadText = (unwatched: () => Promise<string>) => Promise<string>

/**
 * Lets a watcher see what the owner of a response reads. The response, its body and every chunk stay the very objects the
 * transport made; nothing is read that the owner does not read, so back-pressure is his. What `readText` reads, where it is
 * given, is not watched.
 */
export function watchBody(response: Response & Partial<Watched>, watcher: BodyWatcher, readText?: ReadText): void {
  const outer = response[READING]
  const reading = new Reading(response, watcher, readText, outer)
  Object.defineProperty(response, READING, { value: reading, configurable: true })
  if (outer !== undefined) return
  const prototype: unknown = Object.getPrototypeOf(response)
  if (prototype === Response.prototype && !Object.hasOwn(response, 'text')) {
    // a prototype in between costs a tenth of seven own properties
    Object.setPrototypeOf(response, WATCHED)
    return
  }
  // custom transports bring responses of their own, whose bodies may be other streams: those are seen as a whole only
  reading.watch(response.body)
  for (const [name, property] of Object.entries(WHOLE)) {
    if (name in response) Object.defineProperty(response, name, property)
  }
}

const READING = Symbol('reading')
interface Watched {
  readonly [READING]: Reading
}

const WHOLE: PropertyDescriptorMap = {
  text: hidden(function (this: Watched) {
    return this[READING].text()
  }),
  json: hidden(async function (this: Watched): Promise<unknown> {
    return JSON.parse(await this[READING].text())
  }),
  arrayBuffer: hidden(function (this: Watched) {
    return this[READING].arrayBuffer()
  }),
  bytes: hidden(function (this: Watched) {
    return this[READING].bytes()
  }),
  blob: hidden(function (this: Watched) {
    return this[READING].blob()
  }),
}

/** Between a response and its prototype. The stream is watched when somebody asks for it: most bodies are read whole. */
const WATCHED: object = Object.create(Response.prototype, {
  ...WHOLE,
  body: {
    configurable: true,
    enumerable: true,
    get(this: Watched): unknown {
      const body: unknown = Reflect.get(Response.prototype, 'body', this)
      this[READING].watch(body)
      return body
    },
  },
})

function hidden(value: unknown): PropertyDescriptor {
  return { value, configurable: true, writable: true, enumerable: false }
}

type Whole = Pick<Response, 'text' | 'blob' | 'arrayBuffer'> & { bytes(): Promise<Uint8Array> }

/** One response's body and who watches it; `outer` where another agent watches it already. */
class Reading implements Whole {
  readonly #watcher: BodyWatcher
  readonly #response: Response
  readonly #outer: Reading | undefined
  /** The response's own methods. */
  readonly #own: Whole
  #readText: ReadText | undefined
  readonly #whole: WholeReading = { isWhole: false }
  #stream: unknown

  constructor(response: Response, watcher: BodyWatcher, readText: ReadText | undefined, outer: Reading | undefined) {
    const { text, blob, arrayBuffer, bytes } = response
    this.#watcher = watcher
    this.#response = response
    this.#outer = outer
    this.#own = { text, blob, arrayBuffer, bytes }
    this.#readText = readText
  }

  watch(stream: unknown): void {
    if (!(stream instanceof ReadableStream) || stream === this.#stream) return
    this.#stream = stream
    this.#outer?.watch(stream)
    watchStream(stream, this.#watcher, this.#whole)
  }

  text(): Promise<string> {
    const readText = this.#readText
    const unwatched = (): Promise<string> => this.#outer?.text() ?? this.#own.text.call(this.#response)
    if (readText === undefined) return this.#settle(unwatched(), (whole) => this.#watcher.done(whole))
    this.#whole.isWhole = true
    // the transport keeps responses for long: what is done with shall not hang on them
    this.#readText = undefined
    return readText(unwatched)
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#settle(this.#outer?.arrayBuffer() ?? this.#own.arrayBuffer.call(this.#response), this.#tellBytes)
  }

  bytes(): Promise<Uint8Array> {
    return this.#settle(this.#outer?.bytes() ?? this.#own.bytes.call(this.#response), this.#tellBytes)
  }

  blob(): Promise<Blob> {
    return this.#settle(this.#outer?.blob() ?? this.#own.blob.call(this.#response), () => this.#watcher.done())
  }

  readonly #tellBytes = (whole: ArrayBuffer | Uint8Array): void => {
    this.#watcher.chunk(new Uint8Array(whole))
    this.#watcher.done()
  }

  async #settle<Read>(reading: Promise<Read>, tell: (whole: Read) => void): Promise<Read> {
    this.#whole.isWhole = true
    let whole: Read
    try {
      whole = await reading
    } catch (error) {
      this.#watcher.failed(error)
      throw error
    }
    tell(whole)
    return whole
  }
}
