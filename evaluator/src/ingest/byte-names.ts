/** Names to be found in bytes without decoding them, by their length. */
export type ByteNames = ReadonlyMap<number, readonly { readonly name: string; readonly bytes: Uint8Array }[]>

export function byteNames(names: Iterable<string>): ByteNames {
  const entries = Array.from(names, (name) => ({ name, bytes: new TextEncoder().encode(name) }))
  return Map.groupBy(entries, ({ bytes }) => bytes.length)
}

/** The name that stands at `start`, or undefined. Compares from the end, since names share their beginnings. */
export function nameAt(names: ByteNames, buffer: Uint8Array, start: number, length: number): string | undefined {
  for (const { name, bytes } of names.get(length) ?? []) {
    let at = length - 1
    while (at >= 0 && bytes[at] === buffer[start + at]) at -= 1
    if (at < 0) return name
  }
  return undefined
}
