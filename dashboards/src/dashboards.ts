import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard'
import { qualityAndDrift } from './quality-and-drift.ts'

/** Every dashboard by its uid, which is the name of its file as well. */
export function dashboards(): ReadonlyMap<string, Dashboard> {
  return new Map([['tidemark-drift', qualityAndDrift('tidemark-drift').build()]])
}
