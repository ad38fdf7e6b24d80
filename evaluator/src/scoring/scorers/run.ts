import { ROUTES } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import { missing, valueOf, type RunFacts, type ScoreDefinition, type Scorer, type ScoreScale } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { scoreEntry } from './score-entry.ts'

export const RUN_MEASURES = ['steps', 'path', 'loops', 'hand-offs', 'cost', 'wall-time', 'route'] as const
export type RunMeasure = (typeof RUN_MEASURES)[number]

/**
 * A score of the run that a call belongs to: its trace. A run counts once, since a slot takes one call of a trace. `path` is
 * the usual paths of the baseline and `other`.
 */
export const runSettings = z.strictObject({
  ...scoreEntry({ detector: 'ticket', direction: 'none' }),
  from: z.literal('run'),
  measure: z.enum(RUN_MEASURES),
})
export type RunSettings = z.infer<typeof runSettings>

type Measure = {
  readonly kind: 'score' | 'categorical'
  readonly unit: string
  readonly scale: ScoreScale
  readonly categories: readonly string[]
  readonly read: (run: RunFacts) => number | string | null
}

const COUNT = { kind: 'score', scale: 'log1p', categories: [] } as const

/** A path longer than this is told by its beginning and its length: it is a label of a metric. */
const PATH_CHARACTERS = 90
/** A clock's resolution, and less than any call costs. */
const LEAST_SECONDS = 0.001
const LEAST_USD = 1e-6

const MEASURES: Readonly<Record<RunMeasure, Measure>> = {
  steps: { ...COUNT, unit: 'steps', read: ({ steps }) => steps },
  path: { kind: 'categorical', unit: 'share', scale: 'linear', categories: [], read: ({ path }) => pathName(path) },
  loops: { ...COUNT, unit: 'loops', read: ({ loops }) => loops },
  'hand-offs': { ...COUNT, unit: 'hand-offs', read: ({ handOffs }) => handOffs },
  cost: {
    ...COUNT,
    unit: 'USD',
    scale: 'log',
    read: ({ costUsd }) => (costUsd === null ? null : Math.max(LEAST_USD, costUsd)),
  },
  'wall-time': {
    ...COUNT,
    unit: 'seconds',
    scale: 'log',
    read: ({ wallTimeSeconds }) => Math.max(LEAST_SECONDS, wallTimeSeconds),
  },
  route: { kind: 'categorical', unit: 'share', scale: 'linear', categories: ROUTES, read: ({ route }) => route },
}

export function runScorer(settings: RunSettings): Scorer {
  const { name, detector, direction, measure } = settings
  const { kind, unit, scale, categories, read } = MEASURES[measure]
  const definition: ScoreDefinition = {
    name,
    detector,
    direction,
    kind,
    unit,
    scale,
    categories,
    version: scorerVersion('run 1', { measure }),
  }
  return {
    ...definition,
    score({ run }) {
      if (run === null) return missing('not_reported', 'the run of the call is not known')
      const value = read(run)
      return value === null ? missing('not_reported', `the run does not say its ${measure}`) : valueOf(value)
    },
  }
}

function pathName(path: readonly string[]): string {
  if (path.length === 0) return 'answer'
  const name = path.join(' > ')
  return name.length <= PATH_CHARACTERS ? name : `${name.slice(0, PATH_CHARACTERS).toWellFormed()}… (${path.length})`
}
