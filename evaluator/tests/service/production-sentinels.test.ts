import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openJournal, questionKey } from '../../src/harness/journal.ts'
import { DAY, MONDAY } from '../call-records.ts'
import { A_DAY, INPUTS, replayedAgent, type ReplayedAgent } from './replayed-agent.ts'
import { liveThrough, withBaseline, type ServiceOnDisk } from './service-on-disk.ts'

const GOOD = { calls: 100, invalidEvery: 25 }

let agent: ReplayedAgent
let disk: ServiceOnDisk
beforeEach(async () => {
  agent = await replayedAgent()
  disk = agent.disk
})
afterEach(() => agent.close())

test('a baseline of production with inputs of a harness run is replayed; without them it says that replays end', async () => {
  const service = await disk.open()
  await withBaseline(disk, service)
  const window = { agent: 'triage', from: MONDAY - DAY, to: MONDAY, replace: true }
  const frozen = await service.freezeBaseline({ ...window, sentinels: finishedRun() })
  expect(frozen).toMatchObject({ version: 2, samples: 250, warnings: [] })
  expect(await service.sentinelStatus('triage')).toMatchObject({ off: null, inputs: INPUTS })
  agent.isValid = (id) => Number(id.slice(6)) % 3 !== 0
  for (const day of [1, 2, 3]) {
    await liveThrough(disk, service, day, GOOD)
    await service.runSentinelsDue(disk.now)
    await service.runDue(disk.now)
  }
  expect(await service.verdict('triage')).toMatchObject({
    verdict: 'drift',
    sentinel: { finding: 'agent_changed', answered: A_DAY },
  })
  expect(await service.recomputeSentinels('triage')).toEqual({ runs: 3, isEqual: true })
  expect(await service.recompute('triage')).toMatchObject({ isEqual: true, differing: [] })

  const page = (await service.incidents('triage')).find(({ severity }) => severity === 'page')
  await service.resolveIncident(page?.id ?? '', 'accepted', 'ada')
  expect((await service.baselines('triage')).at(-1)).toMatchObject({
    version: 3,
    warnings: [expect.stringMatching(/replayed against the version before.*--sentinels/u) as string],
  })
  expect((await service.incidents('triage')).map(({ state }) => state)).toContain('accepted')
  expect((await service.sentinelStatus('triage')).off).toMatch(/frozen without|inputs with three good runs/u)
})

/** The folder that a harness leaves: every input asked three times, all answered well. */
function finishedRun(): string {
  const folder = join(disk.folder, 'run')
  mkdirSync(folder, { recursive: true })
  const ids = Array.from({ length: INPUTS }, (_, i) => `input-${i}`)
  const text = ids.map((id) => `${JSON.stringify({ id, input: `ticket ${id}` })}\n`).join('')
  writeFileSync(join(folder, 'real.jsonl'), text)
  const journal = openJournal(folder)
  const real = createHash('sha256').update(text).digest('hex')
  const head = { type: 'run', format: 1, id: 'run-1', agent: 'triage', target: 'x', runs: 3, real, demo: null } as const
  journal.append({ ...head, at: MONDAY - DAY })
  for (const run of [1, 2, 3])
    for (const example of ids)
      journal.append({
        type: 'result',
        set: 'real',
        example,
        run,
        key: questionKey(head.id, 'real', example, run),
        attempts: 1,
        at: MONDAY - DAY + run,
        outcome: {
          kind: 'answer',
          answer: {
            output: '{"team":"billing"}',
            latencySeconds: 1,
            validation: 'valid',
            model: null,
            provider: null,
            promptName: null,
            promptVersion: null,
            toolsHash: null,
            inputTokens: null,
            outputTokens: null,
            attempts: null,
            costUsd: null,
          },
        },
      })
  journal.close()
  return folder
}
