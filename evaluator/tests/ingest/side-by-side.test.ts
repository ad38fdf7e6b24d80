import { afterAll, beforeAll, expect, test } from 'vitest'
import { completion } from '../../../instrumentation/tests/loopback-provider.ts'
import type { Service } from '../../src/service.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, type ServiceOnDisk } from '../service/service-on-disk.ts'
import { type ExportedBody, exportedBy } from './senders/exported.ts'
import { exportedByPython } from './senders/python-agent.ts'
import { shiftedSpans } from './shifted-spans.ts'
import { post } from './stored-calls.ts'

const DAY = 86_400_000
const CALLS = 60
const TRIAGE = '{"category":"billing","priority":"high","summary":"Charged twice.","confidence":0.95}'

/** As many answers as calls; how long they are varies a little, as answers do. */
function answers(content: string, { tokens, model }: { tokens: number; model: string }): readonly object[] {
  return Array.from({ length: CALLS }, (_, call) => {
    const usage = { prompt_tokens: 20, completion_tokens: tokens + (call % 7), total_tokens: 20 + tokens + (call % 7) }
    return { ...completion(content, { model }), id: `chatcmpl-${call}`, usage }
  })
}

const OLD = { tokens: 12, model: 'gpt-4o-mini-2024-07-18' }
const NEW = { tokens: 40, model: 'gpt-4o-mini-2026-09-01' }
const QUESTIONS = Array.from({ length: CALLS }, (_, call) => `Where is parcel ${call}?`)

let disk: ServiceOnDisk
let service: Service
let url: string
beforeAll(async () => {
  const schedule = MIDNIGHT_SCHEDULE
  disk = serviceOnDisk({ agents: { parcels: { schedule }, 'support-triage': { schedule } } })
  service = await disk.open()
  url = (await service.start()).url
})
afterAll(() => disk.remove())

test('a Python agent with plain OpenTelemetry and our TypeScript agent have verdicts side by side', async ({
  skip,
}) => {
  const before = await exportedByPython(QUESTIONS, { answers: answers('It arrives on Tuesday.', OLD) })
  const after = await exportedByPython(QUESTIONS, { answers: answers('It arrives on Tuesday.', NEW) })
  if (before === undefined || after === undefined) return skip()
  const triage = await exportedBy('support-triage', import.meta.dirname, answers(TRIAGE, OLD))
  const today = Math.floor(Date.now() / DAY) * DAY
  const firstDay = today - 12 * DAY

  async function live(day: number, bodies: readonly ExportedBody[]): Promise<void> {
    for (const body of bodies)
      expect(await post(url, '/v1/traces', shiftedSpans(body, firstDay + day * DAY - today))).toMatchObject({
        status: 200,
        rejected: 0,
      })
  }
  for (let day = 0; day < 4; day += 1) {
    disk.now = firstDay + (day + 1) * DAY
    await live(day, [...before, ...triage])
  }
  const production = { from: firstDay, to: firstDay + 4 * DAY }
  for (const agent of ['parcels', 'support-triage'])
    expect(await service.freezeBaseline({ agent, ...production })).toMatchObject({ samples: 4 * CALLS })
  for (let day = 4; day < 12; day += 1) {
    disk.now = firstDay + (day + 1) * DAY
    await live(day, [...(day < 7 ? before : after), ...triage])
    await service.runDue(disk.now)
  }
  const fleet = await service.listAgents()
  expect(fleet).toMatchObject([
    { agent: 'parcels', calls: 12 * CALLS, verdict: { verdict: 'drift' } },
    { agent: 'support-triage', calls: 12 * CALLS, verdict: { verdict: 'stable' } },
  ])
  expect(fleet[0]?.verdict?.causes[0]).toMatchObject({ kind: 'model', change: `${OLD.model} to ${NEW.model}` })
})
