import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { createScorers } from '../src/scoring/create-scorers.ts'
import { scoresSettings } from '../src/scoring/score-settings.ts'
import type { Scorer } from '../src/scoring/scorer.ts'

/** Files of right answers in a folder of the calling test file, one answer a line; the folder goes with its last test. */
export function referenceFiles() {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-scorers-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const inFolder = (name: string): string => join(folder, name)
  return {
    inFolder,
    references: (name: string, ...lines: readonly unknown[]): string => {
      const file = inFolder(`${name}.jsonl`)
      writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'))
      return file
    },
  }
}

/** The scorer of one entry of the configuration. */
export function scorer(entry: Record<string, unknown>): Scorer {
  const settings = scoresSettings.parse([{ name: 'under_test', ...entry }])
  const { scorers } = createScorers(settings, {
    telemetryAgent: 'test',
    storeOf: () => {
      throw new Error('no score of this test keeps anything')
    },
    apiKey: undefined,
    clock: () => 0,
  })
  const found = scorers.find(({ name }) => name === 'under_test')
  if (found === undefined) throw new Error('no scorer')
  return found
}
