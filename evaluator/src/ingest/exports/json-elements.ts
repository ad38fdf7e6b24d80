/** Collects text in pieces and gives out each JSON object that is complete: of a file of lines, or of one long array. */
export type ElementReader = {
  feed(piece: string): string[]
  /** What is left when the text has ended: empty, or an object that was cut off. */
  rest(): string
}

/** Looks at brackets and strings only; whether an element is valid JSON is the parser's question. */
export function elementReader(): ElementReader {
  let element = ''
  let depth = 0
  let isInString = false
  let isEscaped = false
  return {
    feed(piece) {
      const complete: string[] = []
      let from = depth > 0 ? 0 : -1
      for (let at = 0; at < piece.length; at += 1) {
        const character = piece[at]
        if (isInString) {
          if (isEscaped) isEscaped = false
          else if (character === '\\') isEscaped = true
          else if (character === '"') isInString = false
        } else if (character === '"') isInString = depth > 0
        else if (character === '{') {
          if (depth === 0) from = at
          depth += 1
        } else if (character === '}' && depth > 0) {
          depth -= 1
          if (depth > 0) continue
          complete.push(element + piece.slice(from, at + 1))
          element = ''
          from = -1
        }
      }
      if (from >= 0) element += piece.slice(from)
      return complete
    },
    rest: () => element,
  }
}
