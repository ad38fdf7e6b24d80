import { OUTPUT_SHAPES, type Severity } from '@tidemark/instrumentation/semconv'
import type { Direction, ScoreKind } from '../domain/verdict.ts'
import type { EvaluatedCall } from './evaluated-call.ts'

/** A score that needs no text: read from what every call reports about itself. */
export type DescriptorScore = {
  readonly name: string
  readonly kind: ScoreKind
  readonly direction: Direction
  readonly detector: Severity
  /** Unit of the displayed value. */
  readonly unit: string
  /** Names of the categories in the order of their indexes; only of categorical scores. */
  readonly categories: readonly string[]
  /**
   * The value that enters the statistics: 0 or 1, a finite number (counts and times as natural logarithms, since their
   * changes are ratios), or the index of a category. Null is a missing score, never 0.
   */
  read(entry: EvaluatedCall): number | null
  /** Undoes the logarithm. */
  display(value: number): number
}

const asItIs = (value: number): number => value
const logOfCount = (count: number | null): number | null => (count === null ? null : Math.log1p(count))

export const DESCRIPTOR_SCORES: readonly DescriptorScore[] = [
  {
    name: 'valid',
    kind: 'binary',
    direction: 'higher-better',
    detector: 'page',
    unit: 'rate',
    categories: [],
    // a repaired output was invalid as the model wrote it, and that is the signal
    read: ({ validation }) => (validation === null ? null : validation.outcome === 'valid' ? 1 : 0),
    display: asItIs,
  },
  {
    name: 'output_form',
    kind: 'categorical',
    direction: 'none',
    detector: 'page',
    unit: 'share',
    categories: OUTPUT_SHAPES,
    read: ({ call }) => (call.outputShape === null ? null : OUTPUT_SHAPES.indexOf(call.outputShape)),
    display: asItIs,
  },
  {
    name: 'length',
    kind: 'score',
    direction: 'none',
    detector: 'ticket',
    unit: 'characters',
    categories: [],
    read: ({ call }) => logOfCount(call.outputCharacters),
    display: Math.expm1,
  },
  {
    name: 'output_tokens',
    kind: 'score',
    direction: 'none',
    detector: 'ticket',
    unit: 'tokens',
    categories: [],
    read: ({ call }) => logOfCount(call.outputTokens),
    display: Math.expm1,
  },
  {
    name: 'attempts',
    kind: 'score',
    direction: 'none',
    detector: 'ticket',
    unit: 'attempts',
    categories: [],
    read: ({ call }) => (call.attempts === null ? null : Math.log(Math.max(1, call.attempts))),
    display: Math.exp,
  },
  {
    name: 'latency',
    kind: 'score',
    direction: 'lower-better',
    detector: 'ticket',
    unit: 'seconds',
    categories: [],
    // clocks resolve a millisecond
    read: ({ call }) => Math.log(Math.max(0.001, call.latencySeconds)),
    display: Math.exp,
  },
]
