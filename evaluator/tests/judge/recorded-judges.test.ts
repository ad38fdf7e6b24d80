import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { judgeAgreement } from '../../bench/judge-agreement.ts'
import { agreementMarkdown } from '../../bench/judge/agreement-markdown.ts'
import { judgeSwap } from '../../bench/judge-swap.ts'
import { writeRecordings } from './recordings.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tidemark-recordings-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const STRICT = { judge: 'strict', accuracy: 0.95 }
const LAX = { judge: 'lax', accuracy: 0.72 }

describe('recorded judges against humans', () => {
  test('the README’s table comes out row by row, through the judge of production', async () => {
    writeRecordings(folder, [STRICT, LAX])
    const report = await judgeAgreement(folder)
    expect(report?.agreement).toHaveLength(8)
    for (const { percent, expected } of report?.agreement ?? []) expect(percent).toBe(expected)
    expect(report?.agreement.map(({ subset }) => subset)).toContain('tricky')
    expect(report?.requests).toBe(report?.questions)
    expect(report?.verbatim).toBeGreaterThan(100)
    expect(report?.agreement.reduce((sum, { unparsed }) => sum + unparsed, 0)).toBeGreaterThan(0)
  })

  test('a README that says something else is told apart, a judge it does not have is shown without expectation', async () => {
    writeRecordings(folder, [STRICT, LAX])
    const table =
      '| dataset | subset | judge | prompt | agree % |\n|---|---|---|---|---|\n| made-up | all | strict | Terse | 12.3 |\n'
    writeFileSync(join(folder, 'README.md'), table)
    const rows = (await judgeAgreement(folder))?.agreement ?? []
    expect(rows.map(({ judge, prompt, expected }) => [judge, prompt, expected])).toEqual([
      ['strict', 'Terse', 12.3],
      ['strict', 'Wordy', null],
      ['lax', 'Terse', null],
      ['lax', 'Wordy', null],
    ])
    expect(rows[0]?.percent).toBeGreaterThan(80)
  })

  test('the report names pairs by id and repeats nothing of their text', async () => {
    writeRecordings(folder, [LAX])
    const report = await judgeAgreement(folder)
    if (report === undefined) throw new Error('there are recordings')
    expect(report.parting.some(({ examples }) => examples.length > 0)).toBe(true)
    expect(report.agreement.every(({ kappa, baseRate }) => kappa !== null && baseRate !== null)).toBe(true)
    const texts = [agreementMarkdown(report), JSON.stringify(report)].join('\n')
    expect(texts).toContain('made-up/')
    expect(texts).not.toMatch(/Question \d|Answer a|Therefore/u)
  })

  test('a folder without such recordings is left out', async () => {
    expect(await judgeAgreement(folder)).toBeUndefined()
    expect(await judgeSwap(folder)).toBeUndefined()
  })

  test('a README without the table is an error that names the file', async () => {
    writeRecordings(folder, [STRICT])
    writeFileSync(join(folder, 'README.md'), '# nothing\n')
    await expect(judgeAgreement(folder)).rejects.toThrow(
      expect.objectContaining({ code: 'recorded_data_invalid', message: expect.stringContaining('README.md') }),
    )
  })
})

describe('a judge that is swapped in mid-run', () => {
  test('is the judge’s doing; together with the agent both are said', async () => {
    writeRecordings(folder, [STRICT, LAX], 120)
    const report = await judgeSwap(folder, 5)
    expect(report).toMatchObject({
      before: 'strict',
      after: 'lax',
      judgeSwapVerdict: 'judge_changed',
      bothChangedVerdict: 'drift',
    })
    const outcome = (name: string) => report?.outcomes.find(({ scenario }) => scenario === name)
    expect(outcome('judge swapped')).toMatchObject({ verdicts: { judge_changed: 5 }, neverPaged: 5, daysToVerdict: 1 })
    expect(outcome('judge swapped')?.summary).toMatch(/^The judge moved, not the agent/u)
    expect(outcome('both')?.summary).toMatch(/^Drift since .*The judge moved as well/u)
    expect(outcome('both, valid')).toMatchObject({ verdict: 'drift' })
    // a judge that seems to move by chance, within the budget of its guard, takes nothing from the agent's drift
    expect(outcome('agent changed')).toMatchObject({ verdict: 'drift' })
    expect(outcome('agent changed')?.summary).toMatch(/^Drift since (?:(?!judge).)*$|does not explain it/u)
  })
})
