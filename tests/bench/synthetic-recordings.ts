import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { seededRandom } from '../../evaluator/src/demo/seeded-random.ts'

/**
 * A folder in the format of the recordings with models, cases and categories of its own, and fewer items. The second model
 * of every dataset is the worse one.
 */
export function writeRecordings(folder: string): void {
  writeFunctionCalls(join(folder, 'function-calls'))
  writeStructuredOutputs(join(folder, 'structured-outputs'))
  writeOpenEnded(join(folder, 'open-ended'))
  writeTickets(join(folder, 'ticket-classification'))
}

const ITEMS = 120
const RUNS = ['otter-1@2031-01-02', 'otter-2@2031-02-03'] as const
const DRIFT = { quality: 'drift' } as const

function writeFunctionCalls(folder: string): void {
  const random = seededRandom(1)
  const tools = [{ function: { name: 'f', parameters: { type: 'object', properties: { a: { type: 'integer' } } } } }]
  const calls = RUNS.flatMap((run, model) =>
    Array.from({ length: ITEMS }, (_, item) => {
      const isGood = random() < (model === 0 ? 0.97 : 0.6)
      return {
        bfcl_name: run.split('@')[0],
        recorded_on: run.split('@')[1],
        mode: item % 2 === 0 ? 'tools' : 'prompt',
        case_id: `case-${item}`,
        category: ['botany', 'relevance', 'chess'][item % 3],
        input: { tools },
        output: isGood ? '[f(a=1)]' : 'sorry',
        latency_s: 1 + random(),
        output_tokens: null,
        correct: isGood,
        answer_changed: false,
        schema_verdict: isGood ? 'valid' : 'invalid',
      }
    }),
  )
  writeLines(folder, 'calls-otters.jsonl', calls)
  writeLines(folder, 'pairs.jsonl', [
    { before: RUNS[0], after: RUNS[1], ...DRIFT },
    { before: RUNS[0], after: 'a run that is not here', ...DRIFT },
    { before: RUNS[0], after: RUNS[0], quality: 'no-drift' },
  ])
}

function writeStructuredOutputs(folder: string): void {
  const random = seededRandom(2)
  const calls = ['badger', 'heron'].flatMap((model, index) =>
    Array.from({ length: ITEMS }, () => ({
      task: 'NameBirds',
      model,
      recorded_on: '2031-01-02',
      prompting: 'plain',
      output: 'x'.repeat(10 + Math.floor(20 * random())),
      valid_official: random() < (index === 0 ? 0.98 : 0.5),
    })),
  )
  writeLines(folder, 'calls.jsonl.gz', calls)
  writeLines(folder, 'pairs.jsonl', [
    { before: 'NameBirds/badger@2031-01-02/plain', after: 'NameBirds/heron@2031-01-02/plain', ...DRIFT },
  ])
}

function writeOpenEnded(folder: string): void {
  const random = seededRandom(3)
  const outputs = ['vole', 'shrew'].flatMap((model, index) =>
    Array.from({ length: ITEMS }, (_, item) => ({
      model,
      dataset: ['letters', 'riddles'][item % 2],
      output: 'one two three '.repeat(1 + Math.floor(10 * random())),
      judgements: [{ judge: 'an owl', win: index === 0 ? 0.5 + random() / 2 : random() / 2 }],
    })),
  )
  writeLines(folder, 'outputs.jsonl.gz', outputs)
  writeLines(folder, 'pairs.jsonl', [{ before: 'vole', after: 'shrew', judge: 'an owl', ...DRIFT }])
}

function writeTickets(folder: string): void {
  const random = seededRandom(4)
  const shares = { curt: 0.95, verbose: 0.6 }
  const calls = Object.entries(shares).flatMap(([prompt_variant, share]) =>
    Array.from({ length: ITEMS }, (_, item) => {
      const correct = random() < share
      return {
        model: 'mole',
        prompt_variant,
        temperature: 0.5,
        output: correct ? `kind ${item % 3}` : 'other',
        correct,
      }
    }),
  )
  writeLines(folder, 'calls.jsonl', calls)
  const runs = Object.entries(shares).map(([prompt_variant, share]) => ({
    prompt_variant,
    temperature: 0.5,
    official_correct: Math.round(share * ITEMS),
    official_total: ITEMS,
  }))
  writeLines(folder, 'runs.jsonl', runs)
}

function writeLines(folder: string, file: string, lines: readonly object[]): void {
  mkdirSync(folder, { recursive: true })
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  writeFileSync(join(folder, file), file.endsWith('.gz') ? gzipSync(text) : text)
}
