import type { ScorableRecord, Scorer, ScoringContext } from '../src/scoring/scorer.ts'
import { scoreRecord, type ScoreRecord } from '../src/scoring/score-record.ts'

/** A record that answered `text`. */
export function scorable(text: string | null, overrides: Partial<ScorableRecord> = {}): ScorableRecord {
  return {
    key: 'trace/span',
    inputHash: 'input-1',
    input: 'Which?',
    output: text === null ? null : { text, toolCalls: [] },
    outputShape: 'json',
    outputCharacters: text?.length ?? null,
    outputTokens: 10,
    attempts: 1,
    latencySeconds: 0.5,
    validation: 'valid',
    isContentSampledOut: false,
    run: null,
    external: new Map(),
    ...overrides,
  }
}

export const CONTEXT: ScoringContext = { signal: new AbortController().signal }

/** What one scorer says of one record, through the one function. */
export async function scoreOf(scorer: Scorer, record: ScorableRecord | string): Promise<ScoreRecord['value'] | string> {
  const [score] = await scoreRecord(typeof record === 'string' ? scorable(record) : record, [scorer], CONTEXT)
  if (score === undefined) throw new Error('no score')
  return score.missing === null ? score.value : `missing: ${score.missing.reason}`
}

/** Outputs that a model may write, or that somebody makes it write: none may hang, crash or poison a scorer. */
export const HOSTILE_OUTPUTS: readonly (readonly [string, string])[] = [
  ['10 MB of text', 'a'.repeat(10_000_000)],
  ['10,000 nested lists', '['.repeat(10_000) + ']'.repeat(10_000)],
  ['10,000 nested objects', '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000)],
  ['lone surrogates', '{"label":"\ud800 \udfff"}'],
  ['NUL', '{"label":"\0"}\0'],
  ['keys of the prototype', '{"__proto__":{"label":"x"},"constructor":{"prototype":1},"hasOwnProperty":1}'],
  ['a number that overflows', '{"label":1e999,"n":-1e999}'],
  ['200,000 equal keys', `{${'"a":1,'.repeat(30_000)}"a":1}`],
  ['a long list of objects', `[${Array.from({ length: 20_000 }, (_, i) => `{"a":${i}}`).join(',')}]`],
  ['catastrophic repetition', `${'a'.repeat(100_000)}!`],
  ['no text', ''],
]
