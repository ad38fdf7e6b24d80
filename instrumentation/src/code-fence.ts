/** A fenced block of Markdown: three back-ticks, an info string, the content. */
export interface CodeFence {
  /** The first word behind the back-ticks, in lower case; empty where there is none. */
  readonly language: string
  readonly content: string
  /** Where the back-ticks stand: behind the closing ones, or at the end where the fence is not closed. */
  readonly start: number
  readonly end: number
}

/** The first fence of a text; its content reaches to the end where the fence is not closed. */
export function findCodeFence(text: string): CodeFence | undefined {
  const start = text.indexOf('```')
  if (start === -1) return undefined
  // an info string ends with its line, or where JSON begins on the same line
  const info = /[^\S\n]*([\w+#.-]*)[^\S\n]*(?:\n|(?=[[{"]))/uy
  info.lastIndex = start + 3
  const match = info.exec(text)
  const from = match === null ? start + 3 : info.lastIndex
  const closing = text.indexOf('```', from)
  return {
    language: (match?.[1] ?? '').toLowerCase(),
    content: closing === -1 ? text.slice(from) : text.slice(from, closing),
    start,
    end: closing === -1 ? text.length : closing + 3,
  }
}
