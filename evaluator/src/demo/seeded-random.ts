/** A source of numbers in [0, 1). */
export type Random = () => number

/** Mulberry32: small, fast, the same numbers for the same seed everywhere. Not for secrets. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A seed of its own for a part of the simulation, so that the parts do not shift each other's numbers. */
export function seedOf(seed: number, ...parts: readonly (string | number)[]): number {
  let hash = (seed ^ 0x811c9dc5) >>> 0
  for (const character of parts.join('/')) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193) >>> 0
  }
  return hash
}

/** One of the items, each equally likely. */
export function pick<Item>(items: readonly [Item, ...Item[]], random: Random): Item {
  return items[Math.floor(random() * items.length)] ?? items[0]
}

/** `count` different items in random order; all of them when there are fewer. */
export function draw<Item>(items: readonly Item[], count: number, random: Random): Item[] {
  const pool = [...items]
  const size = Math.min(count, pool.length)
  for (let index = 0; index < size; index += 1) {
    const other = index + Math.floor(random() * (pool.length - index))
    const chosen = pool[other]
    const replaced = pool[index]
    if (chosen === undefined || replaced === undefined) break
    pool[index] = chosen
    pool[other] = replaced
  }
  return pool.slice(0, size)
}
