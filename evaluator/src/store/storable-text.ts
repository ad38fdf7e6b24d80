/**
 * Text as both engines can hold it: PostgreSQL takes no NUL, and neither keeps half a surrogate pair. Both become U+FFFD,
 * so that a key is the same on both.
 */
export function storableText(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed
}

/** Parameters of a statement with their texts made storable. */
export function storable(parameters: readonly unknown[]): readonly unknown[] {
  return parameters.some((value) => typeof value === 'string' && value !== storableText(value))
    ? parameters.map((value) => (typeof value === 'string' ? storableText(value) : value))
    : parameters
}
