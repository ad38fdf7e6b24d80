import { z } from 'zod'
import { passed, SKIPPED, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { jsonEqual } from './json-equal.ts'
import { atPointer, jsonPointer } from './json-pointer.ts'
import { jsonOf, jsonSource } from './output-source.ts'
import { compilePattern, patternText } from './safe-pattern.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

const COMPARISONS = {
  equals: z.unknown().optional(),
  oneOf: z.array(z.unknown()).min(1).optional(),
  above: z.number().optional(),
  atLeast: z.number().optional(),
  below: z.number().optional(),
  atMost: z.number().optional(),
  matches: patternText.optional(),
  exists: z.boolean().optional(),
  type: z.enum(['string', 'number', 'boolean', 'null', 'array', 'object']).optional(),
  /** Characters of a text, items of a list. */
  minimumLength: z.number().int().min(0).optional(),
  maximumLength: z.number().int().min(0).optional(),
}

const condition = z
  .strictObject({ at: jsonPointer, ...COMPARISONS })
  .refine(
    (given) => Object.keys(COMPARISONS).some((key) => Object.hasOwn(given, key)),
    `give a comparison: ${Object.keys(COMPARISONS).join(', ')}`,
  )
type Condition = z.infer<typeof condition>

/**
 * Whether conditions on parts of the output hold: all of `all`, and one of `any`. With `when`, records for which that does
 * not hold are skipped. Output that is no JSON fails every condition but `exists: false`.
 */
export const ruleSettings = z
  .strictObject({
    ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
    from: z.literal('rule'),
    when: z.array(condition).max(20).default([]),
    all: z.array(condition).max(50).default([]),
    any: z.array(condition).max(50).default([]),
    ...jsonSource,
  })
  .refine(({ all, any }) => all.length + any.length > 0, 'give conditions under all or any')
export type RuleSettings = z.infer<typeof ruleSettings>

export function ruleScorer(settings: RuleSettings): Scorer {
  const { when, all, any, tool, fences } = settings
  const conditions = { when: when.map(compile), all: all.map(compile), any: any.map(compile) }
  return {
    ...binaryScore(settings, scorerVersion('rule 1', { when, all, any, tool, fences })),
    score(record) {
      const read = jsonOf(record, settings)
      if ('outcome' in read) return read.outcome
      const holds = (check: Check): boolean => check(read.json)
      if (!conditions.when.every(holds)) return SKIPPED
      return passed(conditions.all.every(holds) && (any.length === 0 || conditions.any.some(holds)))
    },
  }
}

type Check = (json: unknown) => boolean

function compile(one: Condition): Check {
  const checks: Check[] = []
  const { oneOf, above, atLeast, below, atMost, matches, exists, type, minimumLength, maximumLength } = one
  const number = (isGood: (value: number) => boolean) =>
    checks.push((value) => typeof value === 'number' && isGood(value))
  const length = (isGood: (length: number) => boolean) =>
    checks.push((value) => (typeof value === 'string' || Array.isArray(value)) && isGood(value.length))
  if (Object.hasOwn(one, 'equals')) checks.push((value) => value !== undefined && jsonEqual(value, one.equals))
  if (oneOf !== undefined) checks.push((value) => value !== undefined && oneOf.some((known) => jsonEqual(value, known)))
  if (above !== undefined) number((value) => value > above)
  if (atLeast !== undefined) number((value) => value >= atLeast)
  if (below !== undefined) number((value) => value < below)
  if (atMost !== undefined) number((value) => value <= atMost)
  if (exists !== undefined) checks.push((value) => (value !== undefined) === exists)
  if (type !== undefined) checks.push((value) => typeOf(value) === type)
  if (minimumLength !== undefined) length((characters) => characters >= minimumLength)
  if (maximumLength !== undefined) length((characters) => characters <= maximumLength)
  if (matches !== undefined) {
    const pattern = compilePattern(matches)
    checks.push((value) => typeof value === 'string' && pattern.test(value))
  }
  return (json) => {
    const part = atPointer(json, one.at)
    return checks.every((check) => check(part))
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
