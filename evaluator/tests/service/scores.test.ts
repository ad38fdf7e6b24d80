import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import type { VerdictRecord } from '../../src/domain/verdict.ts'
import { withDefaultScores, type ScoredCall } from '../../src/scoring/scored-call.ts'
import { scoresSettings } from '../../src/scoring/score-settings.ts'
import type { Service } from '../../src/service.ts'
import { callRecord, DAY, MONDAY, validationRecord } from '../call-records.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, store, type ServiceOnDisk } from './service-on-disk.ts'

const open: ServiceOnDisk[] = []
const folders: string[] = []
afterEach(async () => {
  for (const disk of open.splice(0)) await disk.remove()
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

/** What the agent answers: its form and validity never change, only what it says. */
type Answer = (i: number) => string

const right: Answer = (i) => JSON.stringify({ label: i % 2 === 0 ? 'billing' : 'other', note: `case ${i % 5}` })
const wrong: Answer = (i) => JSON.stringify({ label: i % 5 === 0 ? 'refund' : 'other', note: 'I cannot say' })

function day(startOfDay: number, answer: Answer, calls = 250): ScoredCall[] {
  return withDefaultScores(
    Array.from({ length: calls }, (_, i) => {
      const call = callRecord(`${startOfDay}/${i}`, {
        startedAt: startOfDay + Math.floor((i * DAY) / calls),
        inputHash: `input-${i % 2}`,
        latencySeconds: 0.5 + (i % 7) / 10,
        outputCharacters: 100 + (i % 13) * 5,
        outputTokens: 30 + (i % 11),
        output: JSON.stringify([
          { role: 'assistant', parts: [{ type: 'text', content: answer(i) }], finish_reason: 'stop' },
        ]),
      })
      return { call, validation: validationRecord(call, 'valid') }
    }),
  )
}

/** Freezes a day of right answers and lives through days of answers. */
async function verdicts(
  scores: (folder: string) => Record<string, unknown>[],
  days: readonly Answer[],
): Promise<{ verdict: VerdictRecord; service: Service; disk: ServiceOnDisk }> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-scores-'))
  folders.push(folder)
  const entries = scoresSettings.parse(scores(folder))
  const disk = serviceOnDisk({
    agents: { triage: { schedule: MIDNIGHT_SCHEDULE, content: { accept: 'all' }, scores: entries } },
  })
  open.push(disk)
  const service = await disk.open()
  await store(service, day(MONDAY - DAY, right))
  disk.now = MONDAY
  await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
  let newest: VerdictRecord | undefined
  for (const [i, answer] of days.entries()) {
    disk.now = MONDAY + (i + 1) * DAY
    await store(service, day(MONDAY + i * DAY, answer))
    newest = (await service.runDue(disk.now)).at(-1)
  }
  if (newest === undefined) throw new Error('no verdict')
  return { verdict: newest, service, disk }
}

describe('a configured score', () => {
  test('that moves pages and is named: schema, difference to a reference, and a module of the team', async () => {
    const { verdict } = await verdicts(
      (folder) => {
        const reference = join(folder, 'reference.jsonl')
        writeFileSync(
          reference,
          [
            { inputHash: 'input-0', reference: { label: 'billing' } },
            { inputHash: 'input-1', reference: { label: 'other' } },
          ]
            .map((line) => JSON.stringify(line))
            .join('\n'),
        )
        const file = join(folder, 'useful.mjs')
        writeFileSync(file, `export const score = ({ output }) => !output.text.includes('cannot')`)
        const schema = { type: 'object', properties: { label: { enum: ['billing', 'other'] } } }
        return [
          { name: 'known_label', from: 'schema', schema },
          { name: 'like_reference', from: 'json-difference', reference, ignore: ['/note'] },
          { name: 'useful', from: 'module', file, kind: 'binary' },
        ]
      },
      [right, right, wrong, wrong, wrong],
    )
    expect(verdict.verdict).toBe('drift')
    expect(verdict.detectors.find(({ severity }) => severity === 'page')?.alarm).toBe(true)
    for (const [name, then, now] of [
      ['known_label', 1, 0.8],
      ['like_reference', 1, 0.4],
      ['useful', 1, 0],
    ] as const) {
      const report = verdict.scores.find((score) => score.name === name)
      expect(report?.baseline.mean, name).toBeCloseTo(then)
      expect(report?.current.mean, name).toBeCloseTo(now)
    }
    expect(verdict.summary).toMatch(/useful 100 % → 0\.?0? %/u)
    expect(verdict.scores.find(({ name }) => name === 'valid')?.current.mean).toBe(1)
    expect(verdict.examples.current.length).toBeGreaterThan(0)
    expect(verdict.examples.current.every(({ output }) => output?.includes('cannot say') === true)).toBe(true)
    expect(verdict.examples.baseline.every(({ output }) => output?.includes('case') === true)).toBe(true)
  }, 60_000)

  test('that fails is missing and a ticket, never a worse score and never a page', async () => {
    const { verdict } = await verdicts(
      (folder) => {
        const file = join(folder, 'fragile.mjs')
        writeFileSync(
          file,
          `export const score = ({ output }) => { if (output.text.includes('cannot')) throw new Error('no'); return 1 }`,
        )
        return [{ name: 'fragile', from: 'module', file, kind: 'binary' }]
      },
      [right, right, wrong, wrong, wrong, wrong, wrong],
    )
    const fragile = verdict.scores.find(({ name }) => name === 'fragile')
    expect(fragile?.current).toMatchObject({ samples: 0, mean: null })
    expect(verdict.detectors.map(({ severity, alarm }) => `${severity} ${alarm}`)).toEqual([
      'page false',
      'ticket true',
    ])
    expect(verdict.summary).toContain('Scores are missing more often: fragile by 100 %.')
  }, 60_000)

  test('that never alarms is shown with both windows', async () => {
    const { verdict } = await verdicts(
      () => [{ name: 'mentions_case', from: 'regex', pattern: 'case', detector: 'none' }],
      [right, wrong, wrong, wrong],
    )
    const shown = verdict.scores.find(({ name }) => name === 'mentions_case')
    expect(shown).toMatchObject({ detector: 'none', streams: [] })
    expect(shown?.baseline.mean).toBe(1)
    expect(shown?.current.mean).toBe(0)
    expect(verdict.verdict).toBe('stable')
  }, 60_000)

  test('whose module is changed is not compared before the next baseline, and the verdict says so', async () => {
    let file = ''
    const { service, disk } = await verdicts(
      (folder) => {
        file = join(folder, 'moody.mjs')
        writeFileSync(file, 'export const score = () => 1')
        return [{ name: 'moody', from: 'module', file, kind: 'binary' }]
      },
      [right],
    )
    await service.stop()
    writeFileSync(file, 'export const score = () => 0')
    const again = await disk.open()
    for (const i of [1, 2, 3, 4]) {
      disk.now = MONDAY + (i + 1) * DAY
      await store(again, day(MONDAY + i * DAY, right))
    }
    const verdict = (await again.runDue(disk.now)).at(-1)
    expect(verdict?.uncompared).toEqual([{ score: 'moody', reason: 'other_version' }])
    expect(verdict?.summary).toContain('Not compared, since scored another way than in the baseline: moody.')
    expect(verdict?.verdict).toBe('stable')
    await again.freezeBaseline({ agent: 'triage', from: MONDAY, to: MONDAY + 5 * DAY, replace: true })
    disk.now = MONDAY + 6 * DAY
    await store(again, day(MONDAY + 5 * DAY, right))
    const next = (await again.runDue(disk.now)).at(-1)
    expect(next?.uncompared).toBeUndefined()
    expect(next?.scores.find(({ name }) => name === 'moody')?.current.mean).toBe(0)
  }, 60_000)

  test('with a wrong entry stops the start with the name of the score', async () => {
    const disk = serviceOnDisk({
      agents: { triage: { scores: [{ name: 'gone', from: 'module', file: '/no/such/module.mjs', kind: 'binary' }] } },
    })
    open.push(disk)
    await expect(disk.open()).rejects.toMatchObject({
      code: 'config_unreadable',
      message: 'Cannot read the module /no/such/module.mjs of the score gone.',
    })
  })

  test('that others give is read when it is mature, from the calls that are as old as its lag', async () => {
    const disk = serviceOnDisk({
      agents: {
        triage: {
          schedule: MIDNIGHT_SCHEDULE,
          scores: scoresSettings.parse([
            { name: 'reversed', from: 'external', lag: '2d', direction: 'lower-better', absent: 0 },
            { name: 'thumbs', from: 'external', selection: 'volunteered' },
          ]),
        },
      },
    })
    open.push(disk)
    const service = await disk.open()
    const give = (calls: readonly ScoredCall[], name: string, value: number, selection: 'all' | 'volunteered') =>
      service.acceptScores(
        {
          scores: calls.map(({ call }) => ({
            agent: 'triage',
            name,
            value,
            selection,
            traceId: call.traceId,
            spanId: call.spanId,
            at: new Date(call.startedAt + DAY).toISOString(),
          })),
        },
        () => true,
      )
    const before = day(MONDAY - 3 * DAY, right)
    await store(service, before)
    await give(before.slice(0, 10), 'reversed', 1, 'all')
    await give(before.slice(0, 200), 'thumbs', 1, 'volunteered')
    disk.now = MONDAY
    await service.freezeBaseline({ agent: 'triage', from: MONDAY - 3 * DAY, to: MONDAY - 2 * DAY })
    const shares: (number | null | undefined)[] = []
    let newest: VerdictRecord | undefined
    for (let i = 0; i < 6; i++) {
      disk.now = MONDAY + (i + 1) * DAY
      const calls = day(MONDAY + i * DAY, right)
      await store(service, calls)
      // from the second day on a third of the refunds is reversed
      if (i >= 1) await give(calls.slice(0, 80), 'reversed', 1, 'all')
      if (i >= 1) await give(calls.slice(0, 200), 'thumbs', 0, 'volunteered')
      newest = (await service.runDue(disk.now)).at(-1)
      shares.push(newest?.scores.find(({ name }) => name === 'reversed')?.current.mean)
    }
    // slot i reads day i - 2; before the first day there were no calls
    expect(shares).toEqual([null, null, 0, 0.32, 0.32, 0.32])
    expect(newest?.detectors.map(({ severity, alarm }) => `${severity} ${alarm}`)).toEqual([
      'page false',
      'ticket true',
    ])
    expect(newest?.summary).toContain('reversed 4.0 % → 32 %')
    expect(newest?.scores.find(({ name }) => name === 'thumbs')).toMatchObject({ detector: 'none', streams: [] })
  }, 60_000)

  test('of a run is read from the spans of its tools, and a loop is a ticket', async () => {
    const disk = serviceOnDisk({
      agents: {
        triage: {
          schedule: MIDNIGHT_SCHEDULE,
          scores: scoresSettings.parse([
            { name: 'loops', from: 'run', measure: 'loops', direction: 'lower-better' },
            { name: 'path', from: 'run', measure: 'path' },
          ]),
        },
      },
    })
    open.push(disk)
    const service = await disk.open()
    async function live(startOfDay: number, tools: (i: number) => readonly string[]): Promise<void> {
      const calls = day(startOfDay, right, 120)
      await store(service, calls)
      await service.ingestTraces(
        {
          body: Buffer.from(toolSpans(calls.map(({ call }, i) => ({ call, tools: tools(i) })))),
          contentType: 'application/json',
          contentEncoding: 'identity',
        },
        () => true,
      )
    }
    const usual = (i: number): string[] => (i % 3 === 0 ? ['search', 'read', 'search'] : ['search', 'answer'])
    disk.now = MONDAY
    await live(MONDAY - DAY, usual)
    await service.freezeBaseline({ agent: 'triage', from: MONDAY - DAY, to: MONDAY })
    let newest: VerdictRecord | undefined
    for (let i = 0; i < 5; i++) {
      disk.now = MONDAY + (i + 1) * DAY
      await live(MONDAY + i * DAY, i < 1 ? usual : () => ['search', 'read', 'search', 'read', 'search'])
      newest = (await service.runDue(disk.now)).at(-1)
    }
    expect(newest?.scores.find(({ name }) => name === 'path')?.baseline.shares).toMatchObject({
      'search > answer': 80 / 120,
      'search > read > search': 40 / 120,
    })
    expect(newest?.scores.find(({ name }) => name === 'path')?.current.shares).toMatchObject({ other: 1 })
    expect(newest?.scores.find(({ name }) => name === 'loops')?.current.mean).toBeCloseTo(3)
    expect(newest?.detectors.find(({ severity }) => severity === 'ticket')?.alarm).toBe(true)
  }, 60_000)
})

/** Spans of tools that ran in the traces of these calls, as OTLP JSON. */
function toolSpans(runs: readonly { call: ScoredCall['call']; tools: readonly string[] }[]): string {
  const spans = runs.flatMap(({ call, tools }) =>
    tools.map((name, i) => ({
      traceId: call.traceId,
      spanId: createHash('sha256').update(`${call.spanId}/${i}`).digest('hex').slice(0, 16),
      parentSpanId: call.spanId,
      name: `execute_tool ${name}`,
      kind: 1,
      startTimeUnixNano: `${call.startedAt + i}000000`,
      endTimeUnixNano: `${call.startedAt + i + 1}000000`,
      attributes: [
        { key: 'gen_ai.operation.name', value: { stringValue: 'execute_tool' } },
        { key: 'gen_ai.tool.name', value: { stringValue: name } },
        { key: 'gen_ai.agent.name', value: { stringValue: call.agent } },
      ],
      status: {},
    })),
  )
  return JSON.stringify({ resourceSpans: [{ resource: { attributes: [] }, scopeSpans: [{ scope: {}, spans }] }] })
}
