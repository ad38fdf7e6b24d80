/**
 * Controls and invisible characters that can reorder, hide or smuggle text: bidirectional controls, zero-width spaces,
 * soft hyphens, tag characters, everything of the control blocks but line feed and tab. The joiners of emoji and of Indic
 * and Persian writing stay.
 */
const HIDDEN =
  /(?![\n\t])[\p{Cc}\u00AD\u061C\u180E\u200B\u200E\u200F\u2028-\u202E\u2060-\u206F\uFEFF\uFFF9-\uFFFB\u{E0000}-\u{E007F}]/gu

/** A text as a person may see it: what is hidden is written out as `⟨U+202E⟩`, halves of characters are replaced. */
export function visibleText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replaceAll(HIDDEN, (hidden) => `⟨U+${(hidden.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}⟩`)
}

/** The beginning of a text, with how much of it is not shown. Lengths are UTF-16 units, as in the records. */
export function cutText(text: string, limit: number): { readonly shown: string; readonly hiddenCharacters: number } {
  if (text.length <= limit) return { shown: visibleText(text), hiddenCharacters: 0 }
  return { shown: visibleText(text.slice(0, limit)), hiddenCharacters: text.length - limit }
}

/** A short text for a line: visible and cut with an ellipsis. */
export function lineText(text: string, limit = 120): string {
  const { shown, hiddenCharacters } = cutText(text, limit)
  return hiddenCharacters === 0 ? shown : `${shown}… (${hiddenCharacters} more)`
}
