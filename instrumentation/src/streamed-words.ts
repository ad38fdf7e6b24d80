import { arrayOf, fieldOf, recordOf, textOf } from './untyped.ts'

/** Most events of a stream differ from the one before in a single word. Theirs are taken from between what is the same. */
export interface StreamedWords {
  /** Keeps the word of an event that begins here and says nothing new beside it; returns where the next one begins, else -1. */
  take(stream: string, from: number): number
  /** Learns what stays the same from an event that was parsed. */
  learn(text: string, event: unknown): void
  /** The words since the last time, and whose they are. Throws a SyntaxError where they are no part of a JSON text. */
  flush(): { readonly choice: unknown; readonly content: string } | undefined
}

/** An event around its word; providers pad events with a second text of changing length. */
interface Frame {
  readonly choice: unknown
  readonly before: string
  readonly behind: string
  /** What stands behind the padding, where there is one. Whichever is last ends with the empty line. */
  readonly end: string | undefined
}

const CONTENT = '"content":"'
const PADDING = '"obfuscation":"'
const BACKSLASH = '\\'
/** Between events, once line ends are of one kind. */
export const EVENT_END = '\n\n'

export function createStreamedWords(): StreamedWords {
  let frame: Frame | undefined
  let words = ''
  return {
    take(stream, from) {
      if (frame === undefined) return -1
      const { before, behind, end } = frame
      const start = from + before.length
      if (!isAt(stream, from, before)) return -1
      const quote = stream.indexOf('"', start)
      // a quote that is escaped, or seems to be, is left to the parser
      if (quote === -1 || stream[quote - 1] === BACKSLASH || !isAt(stream, quote, behind)) return -1
      let next = quote + behind.length
      if (end !== undefined) {
        const padded = stream.indexOf('"', next)
        if (padded === -1 || !isAt(stream, padded, end)) return -1
        next = padded + end.length
      }
      words += stream.slice(start, quote)
      return next
    },
    learn(text, event) {
      const word = wordOf(event)
      if (word !== undefined) frame = frameOf(text, word) ?? frame
    },
    flush() {
      if (frame === undefined || words === '') return undefined
      const content: unknown = JSON.parse(`"${words}"`)
      words = ''
      return { choice: frame.choice, content: textOf(content) ?? '' }
    },
  }
}

/** A fifth of what `startsWith` with a position takes. */
function isAt(stream: string, from: number, part: string): boolean {
  return stream.slice(from, from + part.length) === part
}

interface Word {
  readonly choice: unknown
  readonly content: string
}

/** The word of an event that has nothing else to say of its only choice. */
function wordOf(event: unknown): Word | undefined {
  const [choice, ...others] = arrayOf(fieldOf(event, 'choices'))
  const delta = recordOf(fieldOf(choice, 'delta'))
  const content = textOf(delta?.['content'])
  if (content === undefined || others.length > 0 || Object.keys(delta ?? {}).length !== 1) return undefined
  if (fieldOf(choice, 'finish_reason') != null || fieldOf(event, 'usage') != null) return undefined
  return { choice: fieldOf(choice, 'index'), content }
}

function frameOf(text: string, { choice, content }: Word): Frame | undefined {
  const start = text.indexOf(CONTENT) + CONTENT.length
  const quote = start + JSON.stringify(content).length - 2
  // written with spaces, or another key of this name: not worth the doubt
  if (text.includes('": ') || text.lastIndexOf(CONTENT) + CONTENT.length !== start) return undefined
  if (JSON.stringify(content) !== text.slice(start - 1, quote + 1)) return undefined
  const before = text.slice(0, start)
  const padding = text.indexOf(PADDING, quote)
  if (padding === -1) return { choice, before, behind: `${text.slice(quote)}${EVENT_END}`, end: undefined }
  const behind = text.slice(quote, padding + PADDING.length)
  return { choice, before, behind, end: `${text.slice(text.indexOf('"', padding + PADDING.length))}${EVENT_END}` }
}
