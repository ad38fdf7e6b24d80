import type { IncidentState } from '@tidemark/instrumentation/semconv'
import type { VariantReport } from '../domain/verdict.ts'
import { CAP } from './caps.ts'
import { labelText, series, type Series } from './series.ts'

/** A number of each variant; those in alarm keep their name first, then those with most items. */
export function variantSeries(
  variants: readonly VariantReport[] | undefined,
  value: 'evidence' | 'threshold' | 'samples',
): Series[] {
  return shown(variants).flatMap((report) => series({ variant: labelText(report.variant) }, report[value]))
}

/** State of the newest incident of every variant that is shown and had one. */
export function variantIncidentSeries(
  variants: readonly VariantReport[] | undefined,
  states: Readonly<Record<string, IncidentState>>,
): Series[] {
  const stateOf = new Map(Object.entries(states))
  return shown(variants).flatMap(({ variant }) => {
    const state = stateOf.get(variant)
    return state === undefined ? [] : series({ variant: labelText(variant), state }, 1)
  })
}

function shown(variants: readonly VariantReport[] | undefined): readonly VariantReport[] {
  const names = new Set<string>()
  return [...(variants ?? [])]
    .sort((a, b) => Number(b.alarm) - Number(a.alarm) || b.samples - a.samples)
    .filter(({ variant }) => {
      const isNew = !names.has(labelText(variant))
      names.add(labelText(variant))
      return isNew
    })
    .slice(0, CAP.variants)
}
