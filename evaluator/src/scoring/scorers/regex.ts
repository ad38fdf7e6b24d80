import { z } from 'zod'
import { passed, type Scorer } from '../scorer.ts'
import { scorerVersion } from '../scorer-version.ts'
import { textOf } from './output-source.ts'
import { compilePattern, patternFlags, patternText } from './safe-pattern.ts'
import { binaryScore, scoreEntry } from './score-entry.ts'

/** Whether the text of the output matches a pattern anywhere, or does not. */
export const regexSettings = z.strictObject({
  ...scoreEntry({ detector: 'page', direction: 'higher-better' }),
  from: z.literal('regex'),
  pattern: patternText,
  flags: patternFlags,
  expect: z.enum(['match', 'no-match']).default('match'),
})
export type RegexSettings = z.infer<typeof regexSettings>

export function regexScorer(settings: RegexSettings): Scorer {
  const { pattern, flags, expect } = settings
  const compiled = compilePattern(pattern, flags)
  return {
    ...binaryScore(settings, scorerVersion('regex 1', { pattern, flags, expect })),
    score(record) {
      const read = textOf(record)
      return 'outcome' in read ? read.outcome : passed(compiled.test(read.text) === (expect === 'match'))
    },
  }
}
