/** A text that somebody else wrote, under the name by which the rubric speaks of it. */
export type JudgedPart = { readonly title: string; readonly text: string }

/**
 * Puts texts of strangers between lines that they cannot write: the delimiter is drawn anew for each call, after the texts
 * were written, so that no text can close its fence. Characters that a reader does not see, or that make lines of their own,
 * are written out: `\u{202e}`.
 */
export function fenced(parts: readonly JudgedPart[], draw: () => string): { delimiter: string; text: string } {
  const visible = parts.map(({ title, text }) => ({ title, text: visibleText(text) }))
  const delimiter = drawUnused(
    visible.map(({ text }) => text),
    draw,
  )
  const blocks = visible.map(({ title, text }) => `BEGIN ${delimiter} ${title}\n${text}\nEND ${delimiter} ${title}`)
  return { delimiter, text: blocks.join('\n\n') }
}

/** Draws tried: with 128 random bits the first one fits. */
const DRAWS = 8

function drawUnused(texts: readonly string[], draw: () => string): string {
  for (let tried = 0; tried < DRAWS; tried++) {
    const delimiter = draw()
    if (!texts.some((text) => text.includes(delimiter))) return delimiter
  }
  throw new Error(`${DRAWS} drawn delimiters were all in the text: the source of randomness is broken`)
}

/**
 * Control, format and private characters, separators of lines, and tag characters. Joiners stay, since emoji and several
 * scripts are written with them; so do tab and line feed.
 */
const UNSEEN = /(?![\t\n\u200C\u200D])[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]/gu

function visibleText(text: string): string {
  return text
    .replaceAll(/\r\n?/gu, '\n')
    .replaceAll(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`)
}
