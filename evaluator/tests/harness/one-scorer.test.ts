import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { readExamples } from '../../src/harness/example.ts'
import { questionKey } from '../../src/harness/journal.ts'
import { scoreRun } from '../../src/harness/score-run.ts'
import { askedCall } from '../../src/harness/asked-call.ts'
import { createScorers } from '../../src/scoring/create-scorers.ts'
import { scoresSettings } from '../../src/scoring/score-settings.ts'
import type { Scorer } from '../../src/scoring/scorer.ts'
import { scoreItems } from '../../src/service/score-items.ts'
import { openTestStore } from '../store/open-test-store.ts'
import { scorer } from '../scorer-under-test.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-one-scorer-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const [example] = readExamples(
  JSON.stringify({ id: 'e-1', input: 'Where is my order?', inputHash: 'a1' }),
  'inline',
).examples
const answer = {
  output: '{"label":"shipping"}',
  latencySeconds: 0.4,
  validation: 'repaired',
  model: 'm-1',
  provider: 'p',
  promptName: null,
  promptVersion: '7',
  toolsHash: null,
  inputTokens: 12,
  outputTokens: 6,
  attempts: 2,
  costUsd: 0.01,
} as const

describe('one record', () => {
  test('gets the same scores, by the same function, from the evaluator, and from harness and gate', async () => {
    if (example === undefined) throw new Error('no example')
    writeFileSync(join(folder, 'references.jsonl'), '{"inputHash":"a1","reference":{"label":"shipping"}}\n')
    const own = createScorers(
      scoresSettings.parse([
        { name: 'labelled', from: 'regex', pattern: '"label"', detector: 'page' },
        { name: 'right', from: 'exact', reference: join(folder, 'references.jsonl'), at: '/label', detector: 'page' },
        { name: 'alike', from: 'edit-similarity', reference: join(folder, 'references.jsonl') },
      ]),
      { telemetryAgent: 't', storeOf: () => expect.unreachable(), apiKey: undefined, clock: () => 0 },
    )
    const paths: string[] = []
    const watched: Scorer = {
      ...scorer({ from: 'refusal' }),
      name: 'watched',
      score: () => {
        paths.push(new Error('path').stack ?? '')
        return { kind: 'value', value: 1 }
      },
    }
    const scorers = { ...own, scorers: [...own.scorers, watched] }
    const result = {
      type: 'result',
      set: 'real',
      example: example.id,
      run: 1,
      key: questionKey('r', 'real', example.id, 1),
      attempts: 1,
      at: 1_790_000_000_000,
      outcome: { kind: 'answer', answer },
    } as const
    const store = await openTestStore()
    try {
      const [inProduction] = await scoreItems(store.db, [askedCall('triage', example, result)], {
        agent: 'triage',
        scorers,
        window: { from: 0, to: 2e12 },
        key: 'k',
        signal: new AbortController().signal,
      })
      const [inHarness] = await scoreRun(
        'triage',
        [result],
        { real: [example] },
        { scorers: scorers.scorers, signal: new AbortController().signal },
      )
      const values = inHarness?.scores.flatMap(({ name, value, missing }) =>
        value === null && missing === null ? [] : [[name, value]],
      )
      expect(values).toEqual([...(inProduction?.scores ?? [])])
      expect(inProduction?.scores.get('valid')).toBe(0)
      expect(inProduction?.scores.get('labelled')).toBe(1)
      expect(paths).toHaveLength(2)
      for (const path of paths) expect(path).toMatch(/scoring\/score-record\.ts/u)
    } finally {
      await store.remove()
      await own.close()
    }
  })

  test('is scored nowhere else: only the one function calls a scorer, and the gate scores by what the harness scores by', () => {
    const source = fileURLToPath(new URL('../../src', import.meta.url))
    const calling = globSync('**/*.ts', { cwd: source })
      .filter((file) => !file.endsWith('.test.ts') && !file.startsWith('scoring/'))
      .filter((file) => /\.score\(/u.test(readFileSync(join(source, file), 'utf8')))
    expect(calling).toEqual([])
    for (const file of ['service/run-harness.ts', 'service/run-gate.ts', 'service/finished-run.ts'])
      expect(readFileSync(join(source, file), 'utf8')).toMatch(/await scoreRun\(/u)
  })
})
