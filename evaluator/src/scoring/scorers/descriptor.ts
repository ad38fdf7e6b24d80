import { OUTPUT_SHAPES, type Severity } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import type { Direction, ScoreKind } from '../../domain/verdict.ts'
import {
  missing,
  passed,
  valueOf,
  type ScorableRecord,
  type ScoreOutcome,
  type Scorer,
  type ScoreScale,
} from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { scoreEntry } from './score-entry.ts'

/** Scores that need no text: read from what every call reports about itself. */
export const DESCRIPTORS = [
  'validation',
  'output-form',
  'refusal',
  'length',
  'output-tokens',
  'attempts',
  'latency',
] as const
export type Descriptor = (typeof DESCRIPTORS)[number]

type DescriptorKind = {
  readonly kind: ScoreKind
  readonly direction: Direction
  readonly detector: Severity
  readonly unit: string
  readonly scale: ScoreScale
  readonly categories: readonly string[]
  readonly read: (record: ScorableRecord) => ScoreOutcome
}

const reported = (value: number | string | null): ScoreOutcome =>
  value === null ? missing('not_reported', 'the call does not say') : valueOf(value)

const COUNT = { kind: 'score', direction: 'none', detector: 'ticket', categories: [] } as const

const KINDS: Readonly<Record<Descriptor, DescriptorKind>> = {
  validation: {
    kind: 'binary',
    direction: 'higher-better',
    detector: 'page',
    unit: 'rate',
    scale: 'linear',
    categories: [],
    // a repaired output was invalid as the model wrote it, and that is the signal
    read: ({ validation }) => (validation === null ? reported(null) : passed(validation === 'valid')),
  },
  'output-form': {
    kind: 'categorical',
    direction: 'none',
    detector: 'page',
    unit: 'share',
    scale: 'linear',
    categories: OUTPUT_SHAPES,
    read: ({ outputShape }) => reported(outputShape),
  },
  refusal: {
    kind: 'binary',
    direction: 'higher-better',
    detector: 'page',
    unit: 'rate',
    scale: 'linear',
    categories: [],
    // 1 for no refusal, by the validation or by the form of the output
    read: ({ outputShape, validation }) =>
      outputShape === null && validation === null
        ? missing('not_reported', 'neither form nor validation')
        : passed(outputShape !== 'refusal' && validation !== 'refused'),
  },
  length: { ...COUNT, unit: 'characters', scale: 'log1p', read: ({ outputCharacters }) => reported(outputCharacters) },
  'output-tokens': { ...COUNT, unit: 'tokens', scale: 'log1p', read: ({ outputTokens }) => reported(outputTokens) },
  attempts: {
    ...COUNT,
    unit: 'attempts',
    scale: 'log',
    read: ({ attempts }) => reported(attempts === null ? null : Math.max(1, attempts)),
  },
  latency: {
    ...COUNT,
    direction: 'lower-better',
    unit: 'seconds',
    scale: 'log',
    // clocks resolve a millisecond
    read: ({ latencySeconds }) => reported(latencySeconds === null ? null : Math.max(0.001, latencySeconds)),
  },
}

/** A descriptor under a name and in a detector of one's own. */
function descriptorSettings<From extends Descriptor>(from: From) {
  const { detector, direction } = KINDS[from]
  return z.strictObject({ ...scoreEntry({ detector, direction }), from: z.literal(from) })
}

export const validationSettings = descriptorSettings('validation')
export const outputFormSettings = descriptorSettings('output-form')
export const refusalSettings = descriptorSettings('refusal')
export const lengthSettings = descriptorSettings('length')
export const outputTokensSettings = descriptorSettings('output-tokens')
export const attemptsSettings = descriptorSettings('attempts')
export const latencySettings = descriptorSettings('latency')

export type DescriptorSettings = {
  readonly name: string
  readonly from: Descriptor
  readonly detector: Severity | 'none'
  readonly direction: Direction
}

/** The names of the scores that every agent has, in their order. */
const DEFAULT_NAMES: Readonly<Record<Descriptor, string>> = {
  validation: 'valid',
  'output-form': 'output_form',
  refusal: 'not_refused',
  length: 'length',
  'output-tokens': 'output_tokens',
  attempts: 'attempts',
  latency: 'latency',
}

/** The scores that every agent has without a configuration. */
export const DEFAULT_SCORES: readonly DescriptorSettings[] = DESCRIPTORS.map((from) => ({
  name: DEFAULT_NAMES[from],
  from,
  detector: KINDS[from].detector,
  direction: KINDS[from].direction,
}))

/** A descriptor as a scorer; it answers at once. */
export function descriptorScorer({
  name,
  from,
  detector,
  direction,
}: DescriptorSettings): Scorer & { score(record: ScorableRecord): ScoreOutcome } {
  const { kind, unit, scale, categories, read } = KINDS[from]
  return {
    name,
    kind,
    direction,
    detector,
    unit,
    scale,
    categories,
    version: scorerVersion(`${from} 1`, {}),
    score: read,
  }
}
