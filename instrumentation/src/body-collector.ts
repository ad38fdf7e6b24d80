import { answerOfEventStream } from './event-stream.ts'
import { parsedJson, recordOf } from './untyped.ts'

/** Beyond it only the end of an answer is kept, bytes: usage and finish reason stand there. */
const MAXIMUM_BYTES = 8 * 1024 * 1024
const TAIL_BYTES = 256 * 1024

export interface CollectedAnswer {
  /** The parsed body; `undefined` where it is no JSON. */
  readonly body: unknown
  readonly isComplete: boolean
  /** An error the provider sent inside a stream. */
  readonly error: unknown
}

/** Takes the bytes of a body as they come and reads them once, at the end. */
export interface BodyCollector {
  add(chunk: Uint8Array): void
  /** `whole` where the reader took the text in one piece. Asked once. */
  answer(whole?: string): CollectedAnswer
}

export function createBodyCollector(isStream: boolean): BodyCollector {
  return new Collector(isStream)
}

class Collector implements BodyCollector {
  readonly #isStream: boolean
  /** The only chunk so far, as it came. */
  #only: Uint8Array | undefined
  /** Copies: references to chunks would keep every one of them alive into the next collections. */
  #bytes: Uint8Array | undefined
  #length = 0
  #isCut = false

  constructor(isStream: boolean) {
    this.#isStream = isStream
  }

  add(chunk: Uint8Array): void {
    if (this.#length === 0) {
      this.#only = chunk
      this.#length = chunk.byteLength
      return
    }
    const only = this.#only
    if (only !== undefined) {
      this.#only = undefined
      this.#length = 0
      this.#append(only)
    }
    this.#append(chunk)
  }

  answer(whole?: string): CollectedAnswer {
    const text = whole ?? this.#text()
    this.#release()
    if (!this.#isStream) return { body: parsedJson(text), isComplete: false, error: undefined }
    const answer = answerOfEventStream(text)
    if (!this.#isCut) return answer
    // a text without its beginning has no form
    return { ...answer, body: { ...recordOf(answer.body), choices: undefined } }
  }

  #append(chunk: Uint8Array): void {
    const end = this.#length + chunk.byteLength
    let bytes = (this.#bytes ??= spare.pop() ?? new Uint8Array(SPARE_BYTES))
    if (end > bytes.byteLength) {
      const larger = new Uint8Array(2 * end)
      larger.set(bytes.subarray(0, this.#length))
      this.#release()
      this.#bytes = bytes = larger
    }
    bytes.set(chunk, this.#length)
    this.#length = end
    if (end <= MAXIMUM_BYTES) return
    this.#isCut = true
    bytes.copyWithin(0, end - TAIL_BYTES, end)
    this.#length = TAIL_BYTES
  }

  /** As UTF-8, without a mark of the byte order. */
  #text(): string {
    return decoder.decode(this.#only ?? this.#bytes?.subarray(0, this.#length))
  }

  #release(): void {
    const bytes = this.#bytes
    this.#bytes = undefined
    this.#only = undefined
    if (bytes?.byteLength === SPARE_BYTES && spare.length < SPARES) spare.push(bytes)
  }
}

const decoder = new TextDecoder()
/** What most streams fit into, and how many such pieces of memory wait for the next ones. */
const SPARE_BYTES = 64 * 1024
const SPARES = 16
const spare: Uint8Array[] = []
