import type { ChangeEvent } from '../domain/verdict.ts'
import { CAP, OTHER } from './caps.ts'
import { labelText, series, type Series } from './series.ts'

/**
 * Change events as series of value 1. The newest values keep their name, since a new model must show; a kind with more
 * values than the cap, or values beyond the cap of all kinds together, has one series `other` for its older ones.
 */
export function changeSeries(changes: readonly ChangeEvent[]): Series[] {
  const named = new Set<string>()
  const namedOfKind = new Map<string, number>()
  const result: Series[] = []
  const folded = new Set<string>()
  for (const change of [...changes].sort((a, b) => b.slotAt - a.slotAt)) {
    const value = labelText(change.value)
    const key = `${change.kind} ${value}`
    if (named.has(key)) continue
    const ofKind = namedOfKind.get(change.kind) ?? 0
    if (ofKind >= CAP.changesPerKind || named.size >= CAP.changes) {
      folded.add(change.kind)
      continue
    }
    named.add(key)
    namedOfKind.set(change.kind, ofKind + 1)
    result.push(...series({ kind: change.kind, value }, 1))
  }
  return [...result, ...[...folded].flatMap((kind) => series({ kind, value: OTHER }, 1))]
}
