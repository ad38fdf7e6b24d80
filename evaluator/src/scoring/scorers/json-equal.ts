/** Whether two JSON values are the same, whatever the order of their keys. Without recursion: outputs nest as deep as they like. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  const pairs: [unknown, unknown][] = [[left, right]]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    const [a, b] = pair
    if (a === b) continue
    if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
    if (Array.isArray(a) !== Array.isArray(b)) return false
    const entries = Object.entries(a)
    if (entries.length !== Object.keys(b).length) return false
    for (const [key, value] of entries) {
      if (!Object.hasOwn(b, key)) return false
      pairs.push([value, Object.getOwnPropertyDescriptor(b, key)?.value])
    }
  }
  return true
}
