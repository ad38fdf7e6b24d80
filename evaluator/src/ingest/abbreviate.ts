/** A value of a sender as it may stand in a message: JSON, at most `maximum` characters, control characters escaped. */
export function abbreviate(value: unknown, maximum = 80): string {
  const text = textOf(typeof value === 'string' && value.length > maximum ? value.slice(0, maximum) : value)
  return text.length > maximum || (typeof value === 'string' && value.length > maximum)
    ? `${text.slice(0, maximum)}…`
    : text
}

function textOf(value: unknown): string {
  if (typeof value === 'bigint') return value.toString()
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object' && value !== null) return 'an object'
  return JSON.stringify(value) ?? 'nothing'
}
