import type { Severity } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import type { Direction } from '../../domain/verdict.ts'
import type { ScoreDefinition } from '../scorer.ts'

/** Names become labels of metrics and keys of results. */
const scoreName = z
  .string()
  .max(64)
  .regex(/^[a-z][a-z0-9_]*$/u, {
    error: (issue) =>
      `${JSON.stringify(issue.input)} is no score name: lower-case letters, digits and _, such as "helpfulness"`,
  })

/** What every entry under `scores:` may say, with the defaults of its kind. */
export function scoreEntry(defaults: { detector: Severity | 'none'; direction: Direction }) {
  return {
    name: scoreName,
    /** Whose alarms it may cause; `none`: shown, never alarms. */
    detector: z.enum(['page', 'ticket', 'none']).default(defaults.detector),
    direction: z.enum(['higher-better', 'lower-better', 'none']).default(defaults.direction),
  }
}

/** What a score says of itself in the configuration. */
export type ScoreEntry = Pick<ScoreDefinition, 'name' | 'detector' | 'direction'>

/** The definition of a rate. */
export function binaryScore({ name, detector, direction }: ScoreEntry, version: string): ScoreDefinition {
  return { name, detector, direction, kind: 'binary', unit: 'rate', scale: 'linear', categories: [], version }
}

/** The definition of a number. */
export function numberScore({ name, detector, direction }: ScoreEntry, version: string, unit = ''): ScoreDefinition {
  return { name, detector, direction, kind: 'score', unit, scale: 'linear', categories: [], version }
}

/** The definition of a set of names, learned when a baseline is frozen. */
export function categoryScore({ name, detector, direction }: ScoreEntry, version: string): ScoreDefinition {
  return { name, detector, direction, kind: 'categorical', unit: 'share', scale: 'linear', categories: [], version }
}
