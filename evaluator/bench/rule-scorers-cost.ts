import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createScorers } from '../src/scoring/create-scorers.ts'
import { scoreRecords } from '../src/scoring/score-record.ts'
import { scoresSettings } from '../src/scoring/score-settings.ts'
import type { ScorableRecord } from '../src/scoring/scorer.ts'

const RECORDS = 10_000
const INPUTS = 200

export type RuleScorersCost = {
  /** CPU time of one core for 10,000 records through every scorer that needs no other service. */
  readonly ruleScorersSecondsPer10k: number
  readonly scorers: readonly string[]
  /** Mean characters of an output. */
  readonly characters: number
  /** Scores that came out as a value, of all. */
  readonly valued: number
}

/** Scores 10,000 answers in JSON of some 400 characters, a tenth of them broken, each with a reference. */
export async function measureRuleScorers(): Promise<RuleScorersCost> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-scores-'))
  try {
    const own = scoresSettings.parse(entries(folder))
    const set = createScorers(own, {
      telemetryAgent: 'bench',
      storeOf: () => {
        throw new Error('no score of this benchmark keeps anything')
      },
      apiKey: undefined,
      clock: Date.now,
    })
    const { scorers } = set
    const records = Array.from({ length: RECORDS }, (_, i) => recordOf(i))
    const before = process.cpuUsage()
    const scores = await scoreRecords(records, scorers, { signal: new AbortController().signal })
    const { user, system } = process.cpuUsage(before)
    await set.close()
    return {
      ruleScorersSecondsPer10k: ((user + system) / 1e6 / RECORDS) * 10_000,
      scorers: scorers.map(({ name }) => name),
      characters: records.reduce((sum, { output }) => sum + (output?.text.length ?? 0), 0) / RECORDS,
      valued: scores.flat().filter(({ value }) => value !== null).length / (RECORDS * scorers.length),
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function entries(folder: string): Record<string, unknown>[] {
  const reference = join(folder, 'answers.jsonl')
  const answers = Array.from({ length: INPUTS }, (_, i) =>
    JSON.stringify({ inputHash: `input-${i}`, reference: answer(i, 0) }),
  )
  writeFileSync(reference, answers.join('\n'))
  return [
    { name: 'schema', from: 'schema', schema: SCHEMA },
    {
      name: 'rule',
      from: 'rule',
      all: [
        { at: '/priority', oneOf: ['low', 'normal', 'high'] },
        { at: '/summary', minimumLength: 10, matches: '^[A-Z]' },
      ],
      any: [{ at: '/tags/0', exists: true }],
    },
    { name: 'regex', from: 'regex', pattern: '(sorry|cannot|as an AI)', flags: 'i', expect: 'no-match' },
    { name: 'range', from: 'range', at: '/confidence', minimum: 0, maximum: 1 },
    { name: 'difference', from: 'json-difference', reference, numberTolerance: 0.05 },
    { name: 'exact', from: 'exact', reference, at: '/category' },
    { name: 'tags', from: 'set', reference, at: '/tags' },
    { name: 'edits', from: 'edit-similarity', reference, at: '/summary' },
    { name: 'overlap', from: 'rouge-l', reference },
    { name: 'answered', from: 'refusal' },
    { name: 'tools', from: 'tool-choice' },
  ]
}

const SCHEMA = {
  type: 'object',
  required: ['category', 'priority', 'confidence', 'summary', 'tags', 'customer'],
  additionalProperties: false,
  properties: {
    category: { enum: ['billing', 'bug', 'other'] },
    priority: { enum: ['low', 'normal', 'high'] },
    confidence: { type: 'number', minimum: 0, maximum: 1 },
    summary: { type: 'string', minLength: 1, maxLength: 1000 },
    tags: { type: 'array', uniqueItems: true, items: { type: 'string', pattern: '^[a-z-]+$' } },
    customer: { type: 'object', properties: { mail: { type: 'string', format: 'email' }, since: { format: 'date' } } },
  },
}

const WORDS =
  'The customer was charged twice for the same order and asks for a refund before the end of the month while the second invoice still shows as open in the account'.split(
    ' ',
  )

/** `variation` 0 is the reference; others move words, numbers and tags. */
function answer(input: number, variation: number): Record<string, unknown> {
  const turn = (input * 7 + variation * 3) % WORDS.length
  return {
    category: ['billing', 'bug', 'other'][(input + (variation % 5 === 4 ? 1 : 0)) % 3],
    priority: ['low', 'normal', 'high'][input % 3],
    confidence: ((input * 37 + variation) % 100) / 100,
    summary: `Case ${input}: ${[...WORDS.slice(turn), ...WORDS.slice(0, turn)].join(' ')}.`,
    tags: ['refund', 'invoice', variation % 2 === 0 ? 'double-charge' : 'order'],
    customer: { mail: `customer-${input}@example.com`, since: '2024-03-01' },
  }
}

function recordOf(i: number): ScorableRecord {
  const json = JSON.stringify(answer(i % INPUTS, i % 9))
  const text = i % 10 === 9 ? `Sure, here it is:\n${json}` : json
  return {
    key: `trace-${i}/span`,
    inputHash: `input-${i % INPUTS}`,
    input: null,
    output: { text, toolCalls: [] },
    outputShape: i % 10 === 9 ? 'json_in_prose' : 'json',
    outputCharacters: text.length,
    outputTokens: Math.ceil(text.length / 4),
    attempts: 1,
    latencySeconds: 0.5 + (i % 7) / 10,
    validation: i % 10 === 9 ? 'malformed_json' : 'valid',
    isContentSampledOut: false,
    run: null,
    external: new Map(),
  }
}
