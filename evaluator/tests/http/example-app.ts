import { createApp, type AppOptions } from '../../src/http/app.ts'
import { DAY, exampleHistory, exampleIncident, slotOfDay } from './verdict-fixture.ts'
import { storedService } from './stored-service.ts'

export const NO_TOKENS: AppOptions['tokens'] = { ingest: [], read: [], review: [], admin: [] }
/** A quarter of an hour after the run of day 33. */
export const NOW = slotOfDay(33) + DAY / 48

/** An app over the fixture's agent, with what it logged. */
export function exampleApp(replaced: Partial<AppOptions> = {}) {
  const logged: object[] = []
  const { service, traces, escalations, audit } = storedService({
    verdicts: [...exampleHistory(33), ...exampleHistory(33, 'billing')],
    incidents: [exampleIncident(), exampleIncident({ id: 'inc-7', agent: 'billing' })],
    agents: [
      { agent: 'support-triage', lastSeenAt: NOW - 60_000, calls: 3894, openReviewItems: 4 },
      { agent: 'billing', lastSeenAt: null, calls: 0, openReviewItems: 0 },
    ],
  })
  const log = (details: object) => logged.push(details)
  const app = createApp({
    service,
    tokens: NO_TOKENS,
    limits: { bodyBytes: 1000, inFlightBytes: 1_000_000, inFlightRequests: 64 },
    host: '127.0.0.1',
    logger: { warn: log, error: log },
    now: () => NOW,
    newReference: () => 'reference-1',
    ...replaced,
  })
  return { app, logged, traces, escalations, audit }
}

/** The error of an answer; fails when the answer has another form. */
export async function errorOf(response: Response): Promise<{ code: string; message: string; next: string }> {
  const body: unknown = await response.json()
  if (typeof body !== 'object' || body === null || !('error' in body))
    throw new Error(`no error: ${JSON.stringify(body)}`)
  const { error } = body
  if (typeof error !== 'object' || error === null) throw new Error(`no error: ${JSON.stringify(body)}`)
  const facts = Object.entries(error)
  if (facts.map(([name]) => name).join() !== 'code,message,next')
    throw new Error(`not three facts: ${JSON.stringify(error)}`)
  const text = (name: string) => String(facts.find(([fact]) => fact === name)?.[1])
  return { code: text('code'), message: text('message'), next: text('next') }
}

export function postJson(body: unknown, headers: Record<string, string> = {}): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers } }
}
