import { ATTRIBUTE, TIDEMARK } from '@tidemark/instrumentation/semconv'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'

/** Strata beyond this number share the last one. */
export const STRATA_LIMIT = 50
export const OTHER_STRATUM = 'other'

/** The stratum of a call: the values of the configured attributes, known before the output exists. */
export function stratumOf({ call }: EvaluatedCall, segments: readonly string[]): string {
  const parts = segments.map((attribute) => valueOf(attribute, call)).filter((value) => value !== null)
  return parts.length === 0 ? 'all' : parts.join(' / ')
}

/**
 * The strata of a batch in a fixed order: those known before, then new ones as they come, up to the limit.
 * Indexes never move, so that stored statistics keep their meaning.
 */
export function extendStrata(known: readonly string[], names: Iterable<string>): readonly string[] {
  const strata = [...known]
  const present = new Set(known)
  for (const name of names) {
    if (present.has(name)) continue
    const next = strata.length < STRATA_LIMIT ? name : OTHER_STRATUM
    if (present.has(next)) continue
    present.add(next)
    strata.push(next)
  }
  return strata
}

/** Index of a stratum; names beyond the limit are `other`, which {@link extendStrata} has added. */
export function stratumIndex(strata: readonly string[], name: string): number {
  const index = strata.indexOf(name)
  return index === -1 ? strata.indexOf(OTHER_STRATUM) : index
}

function valueOf(attribute: string, call: EvaluatedCall['call']): string | null {
  switch (attribute) {
    case ATTRIBUTE.operationName:
      return call.operation
    case ATTRIBUTE.promptName:
      return call.promptName
    case TIDEMARK.segment:
      return call.segment
    default:
      return null
  }
}
