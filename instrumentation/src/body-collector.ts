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

/** Keeps references to the chunks of a body, never copies, and reads them once, at the end. */
export interface BodyCollector {
  add(chunk: Uint8Array): void
  /** `whole` where the reader took the text in one piece. */
  answer(whole?: string): CollectedAnswer
}

export function createBodyCollector(isStream: boolean): BodyCollector {
  let chunks: Uint8Array[] = []
  let bytes = 0
  let isCut = false
  return {
    add(chunk) {
      chunks.push(chunk)
      bytes += chunk.byteLength
      if (bytes <= MAXIMUM_BYTES) return
      isCut = true
      while (chunks.length > 1 && bytes > TAIL_BYTES) bytes -= chunks.shift()?.byteLength ?? 0
    },
    answer(whole) {
      const text = whole ?? decode(chunks)
      if (!isStream) return { body: parsedJson(text), isComplete: false, error: undefined }
      const answer = answerOfEventStream(text)
      if (!isCut) return answer
      // a text without its beginning has no form
      return { ...answer, body: { ...recordOf(answer.body), choices: undefined } }
    },
  }
}

/** As UTF-8, without a mark of the byte order. */
function decode(chunks: readonly Uint8Array[]): string {
  const [first] = chunks
  if (chunks.length === 1) return decoder.decode(first)
  const bytes = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const whole = bytes > kept.length ? new Uint8Array(bytes) : kept
  let position = 0
  for (const chunk of chunks) {
    whole.set(chunk, position)
    position += chunk.byteLength
  }
  return decoder.decode(whole.subarray(0, bytes))
}
const decoder = new TextDecoder()
/** Where most streams are put together: memory of their own for each costs as much as decoding them. */
const kept = new Uint8Array(64 * 1024)
