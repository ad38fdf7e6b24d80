import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { currentBaseline, insertBaseline } from '../../src/store/baselines.ts'
import { openStore } from '../../src/store/open-store.ts'
import { insertSentinelInputs } from '../../src/store/sentinel-inputs.ts'
import { baselineId, readBaseline } from '../../src/verdict/baseline-document.ts'
import { MONDAY } from '../call-records.ts'
import { MIDNIGHT_SCHEDULE, serviceOnDisk, type ServiceOnDisk } from './service-on-disk.ts'

export const INPUTS = 60
export const A_DAY = 20

export type Asked = { readonly id: string; readonly baggage: string; readonly key: string }

/** An agent behind HTTP that is asked frozen inputs, with a service that is configured to ask it. */
export type ReplayedAgent = {
  readonly disk: ServiceOnDisk
  readonly asked: Asked[]
  isValid: (id: string) => boolean
  isBroken: boolean
  /** What an answer waits for. */
  before: (id: string) => Promise<void>
  /** What the agent says that an answer cost; null: nothing. */
  costUsd: number | null
  close(): Promise<void>
}

export async function replayedAgent(target: { readonly dailyBudgetUsd?: number } = {}): Promise<ReplayedAgent> {
  const server: Server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => void answer(body, request, response))
  })
  const answer = async (body: string, request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { id } = JSON.parse(body) as { id: string }
    const { baggage = '', 'idempotency-key': key = '' } = request.headers
    agent.asked.push({ id, baggage: String(baggage), key: String(key) })
    await agent.before(id)
    response.writeHead(agent.isBroken ? 500 : 200, { 'content-type': 'application/json' })
    response.end(agent.isBroken ? '<html>' : JSON.stringify(answerTo(id)))
  }
  const answerTo = (id: string): object => ({
    output: '{"team":"billing"}',
    validation: agent.isValid(id) ? 'valid' : 'schema_mismatch',
    ...(agent.costUsd === null ? {} : { costUsd: agent.costUsd }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const settings = {
    url: `http://127.0.0.1:${port}/run`,
    sideEffects: 'none',
    sentinelPerDay: A_DAY,
    ...target,
  } as const
  const replayed = { schedule: MIDNIGHT_SCHEDULE, target: settings }
  const disk = serviceOnDisk({ agents: { triage: replayed, billing: replayed } })
  const agent: ReplayedAgent = {
    disk,
    asked: [],
    isValid: () => true,
    isBroken: false,
    before: () => Promise.resolve(),
    costUsd: null,
    async close() {
      await disk.remove()
      server.close()
    },
  }
  return agent
}

/** The baseline of production, once more with frozen inputs as a harness leaves them: version 2. */
export async function freezeInputs(disk: ServiceOnDisk, agent = 'triage'): Promise<string> {
  const store = await openStore(disk.database.url)
  try {
    const first = await currentBaseline(store.db, 'triage')
    if (first === null) throw new Error('no baseline')
    const ids = Array.from({ length: INPUTS }, (_, i) => `${agent === 'triage' ? 'input' : agent}-${i}`)
    const run = { at: MONDAY, failure: null, scores: { valid: 1, output_form: 'json' } }
    const document = JSON.stringify({
      ...readBaseline(first.document),
      agent,
      version: 2,
      sentinelShare: 0.5,
      sentinels: ids.map((id) => ({ id, stratum: 0, inputHash: null, runs: [run, run, run] })),
    })
    const id = baselineId(document)
    await insertBaseline(store.db, { ...first, id, agent, version: 2, createdAt: MONDAY, document })
    const none = { segment: null, promptName: null, traceId: null, conversationId: null, userHash: null }
    const texts = ids.map((one) => ({ ...none, id: one, input: JSON.stringify(`ticket ${one}`), forgottenAt: null }))
    await insertSentinelInputs(store.db, { agent, baseline: id }, texts)
    return id
  } finally {
    await store.close()
  }
}
