import type { Context } from 'hono'
import type { Configuration } from '../config.ts'
import type { HttpEnvironment } from './environment.ts'
import { CHANGE, ESCALATION, OTLP_LOGS, OTLP_TRACES, SCORES } from './ingest-bodies.ts'
import { inFlightGate } from './in-flight.ts'
import type { OtlpAnswer, OtlpRequest, ServicePort } from './port.ts'
import { discardBody, readBody, readJsonBody } from './request-body.ts'
import type { RouteBook } from './route-book.ts'

const ESCALATION_BYTES = 1024 * 1024
const SCORES_BYTES = 4 * 1024 * 1024
const CHANGE_BYTES = 64 * 1024
/** What a gzip body is held to be worth in memory, besides itself: telemetry shrinks about so much. */
const INFLATION = 8

type Store = (request: OtlpRequest, mayWrite: (agent: string) => boolean) => Promise<OtlpAnswer>

/** What agents, pipelines and people send: telemetry, escalations, scores, changes. */
export function ingestRoutes(
  book: RouteBook,
  service: Pick<
    ServicePort,
    'ingestTraces' | 'ingestLogs' | 'acceptEscalation' | 'acceptScores' | 'acceptChange' | 'countRefusedBody'
  >,
  limits: Pick<Configuration['limits'], 'bodyBytes' | 'inFlightBytes' | 'inFlightRequests'>,
): void {
  const ingest = { method: 'post', role: 'ingest', bound: 'by_agent' } as const
  const inFlight = inFlightGate(limits)

  /** Counts in before the body is read, and out after the answer. */
  async function counted<Result>(context: Context<HttpEnvironment>, limit: number, work: () => Promise<Result>) {
    try {
      const leave = await entered(context, limit)
      try {
        return await work()
      } finally {
        leave()
      }
    } catch (error) {
      service.countRefusedBody(error)
      throw error
    }
  }

  /** A body that is turned away is read off the line: a sender that is cut off in its middle sees no 429. */
  async function entered(context: Context<HttpEnvironment>, limit: number): Promise<() => void> {
    try {
      return inFlight.enter(heldBytes(context, limit))
    } catch (error) {
      await discardBody(context.req.raw, limit)
      throw error
    }
  }

  const otlp = (store: Store) => (context: Context<HttpEnvironment>) =>
    counted(context, limits.bodyBytes, async () => {
      const request = {
        body: await readBody(context.req.raw, limits.bodyBytes),
        contentType: context.req.header('content-type') ?? '',
        contentEncoding: context.req.header('content-encoding') ?? 'identity',
      }
      const answer = await store(request, context.get('caller').maySpeakFor)
      return context.body(new Uint8Array(answer.body), 200, { 'content-type': answer.contentType })
    })

  book.add(
    {
      ...ingest,
      path: '/v1/traces',
      summary: 'OTLP/HTTP traces. Spans of other agents are refused alone.',
      body: OTLP_TRACES,
    },
    otlp((request, mayWrite) => service.ingestTraces(request, mayWrite)),
  )
  book.add(
    { ...ingest, path: '/v1/logs', summary: 'OTLP/HTTP logs: evaluation results and texts of calls.', body: OTLP_LOGS },
    otlp((request, mayWrite) => service.ingestLogs(request, mayWrite)),
  )

  book.add(
    { ...ingest, path: '/v1/escalations', summary: 'A case for a person; the same id twice is one.', body: ESCALATION },
    (context) =>
      counted(context, ESCALATION_BYTES, async () => {
        const body = await readJsonBody(context.req.raw, ESCALATION_BYTES)
        const { id, isNew } = await service.acceptEscalation(body, context.get('caller').maySpeakFor)
        return context.json({ id }, isNew ? 201 : 200)
      }),
  )

  book.add({ ...ingest, path: '/v1/scores', summary: 'Scores that others gave.', body: SCORES }, (context) =>
    counted(context, SCORES_BYTES, async () => {
      const body = await readJsonBody(context.req.raw, SCORES_BYTES)
      return context.json(await service.acceptScores(body, context.get('caller').maySpeakFor))
    }),
  )

  book.add(
    { ...ingest, path: '/v1/changes', summary: 'A change that no span shows.', body: CHANGE, audit: 'change.add' },
    (context) =>
      counted(context, CHANGE_BYTES, async () => {
        const body = await readJsonBody(context.req.raw, CHANGE_BYTES)
        const { id, agent, isNew } = await service.acceptChange(body, context.get('caller').maySpeakFor)
        context.set('auditAgent', agent)
        context.set('auditDetail', id)
        return context.json({ id }, isNew ? 201 : 200)
      }),
  )
}

/** A body without a length may become as long as the limit. */
function heldBytes(context: Context, limit: number): number {
  const announced = Number(context.req.header('content-length') ?? Number.NaN)
  const bytes = Number.isFinite(announced) && announced >= 0 ? Math.min(announced, limit) : limit
  return /gzip/iu.test(context.req.header('content-encoding') ?? '') ? bytes * INFLATION : bytes
}
