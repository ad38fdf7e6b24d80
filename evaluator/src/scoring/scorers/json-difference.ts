import { z } from 'zod'
import { missing, valueOf, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource } from './output-source.ts'
import { readReferences, referenceSource } from './reference.ts'
import { numberScore, scoreEntry } from './score-entry.ts'

/**
 * The share of values in which output and reference agree: of all places (JSON Pointers of leaves) that either has, those
 * where both have the same value. Lists are compared by position. Output that is no JSON agrees nowhere.
 */
export const jsonDifferenceSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('json-difference'),
  ...referenceSource,
  /** Parts that are not compared, with everything below them. */
  ignore: z.array(jsonPointer).max(100).default([]),
  /** Numbers that differ by no more are the same. */
  numberTolerance: z.number().min(0).default(0),
  ...jsonSource,
})
export type JsonDifferenceSettings = z.infer<typeof jsonDifferenceSettings>

export function jsonDifferenceScorer(settings: JsonDifferenceSettings): Scorer {
  const { ignore, numberTolerance, tool, fences } = settings
  const references = readReferences(settings.name, settings.reference)
  const version = scorerVersion('json-difference 1', { ignore, numberTolerance, tool, fences }, [references.text])
  const ignored = new Set(ignore)
  return {
    ...numberScore(settings, version, 'share'),
    score(record) {
      const read = jsonOf(record, settings)
      if ('outcome' in read) return read.outcome
      const known = references.of(record)
      if ('outcome' in known) return known.outcome
      if (read.json === undefined) return valueOf(0)
      const output = leavesOf(read.json, ignored)
      const reference = leavesOf(known.reference, ignored)
      if (output === null || reference === null) return missing('too_large', `more than ${MAXIMUM_LEAVES} values`)
      return valueOf(agreement(output, reference, numberTolerance))
    },
  }
}

type Leaf = string | number | boolean | null

const MAXIMUM_LEAVES = 20_000
/** Deeper parts count as one value: the places of a chain of 10,000 lists would be longer than the output. */
const MAXIMUM_DEPTH = 200

/** Scalars and empty containers by their place; null: too many. */
function leavesOf(json: unknown, ignored: ReadonlySet<string>): Map<string, Leaf> | null {
  const leaves = new Map<string, Leaf>()
  const parts: { place: string; value: unknown; depth: number }[] = [{ place: '', value: json, depth: 0 }]
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const { place, value, depth } = part
    if (ignored.has(place)) continue
    if (typeof value !== 'object' || value === null) {
      leaves.set(place, leafOf(value))
    } else {
      const entries = depth < MAXIMUM_DEPTH ? Object.entries(value) : []
      if (entries.length === 0) leaves.set(place, Array.isArray(value) ? '[]' : '{}')
      for (const [key, child] of entries)
        parts.push({
          place: `${place}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`,
          value: child,
          depth: depth + 1,
        })
    }
    if (leaves.size + parts.length > MAXIMUM_LEAVES) return null
  }
  return leaves
}

/** Texts are marked, so that the text "[]" is no empty list. */
function leafOf(value: unknown): Leaf {
  return typeof value === 'string'
    ? `"${value}`
    : typeof value === 'number' || typeof value === 'boolean'
      ? value
      : null
}

function agreement(a: ReadonlyMap<string, Leaf>, b: ReadonlyMap<string, Leaf>, tolerance: number): number {
  let places = b.size
  let same = 0
  for (const [place, value] of a) {
    if (!b.has(place)) places += 1
    else if (isSame(value, b.get(place) ?? null, tolerance)) same += 1
  }
  return places === 0 ? 1 : same / places
}

function isSame(a: Leaf, b: Leaf, tolerance: number): boolean {
  return a === b || (typeof a === 'number' && typeof b === 'number' && Math.abs(a - b) <= tolerance)
}
