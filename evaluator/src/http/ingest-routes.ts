import { Hono } from 'hono'
import type { Configuration } from '../config.ts'
import { requireRole } from './access-middleware.ts'
import type { Access } from './access.ts'
import type { HttpEnvironment } from './environment.ts'
import type { ServicePort } from './port.ts'
import { readBody, readJsonBody } from './request-body.ts'

const ESCALATION_BYTES = 1024 * 1024

/** What agents send: telemetry and escalations. */
export function ingestRoutes(
  service: Pick<ServicePort, 'ingestTraces' | 'acceptEscalation' | 'countRefusedBody'>,
  access: Access,
  limits: Pick<Configuration['limits'], 'bodyBytes'>,
): Hono<HttpEnvironment> {
  const routes = new Hono<HttpEnvironment>()
  const ingest = requireRole(access, 'ingest')

  routes.post('/v1/traces', ingest, async (context) => {
    try {
      const request = {
        body: await readBody(context.req.raw, limits.bodyBytes),
        contentType: context.req.header('content-type') ?? '',
        contentEncoding: context.req.header('content-encoding') ?? 'identity',
      }
      const answer = await service.ingestTraces(request, context.get('caller').maySpeakFor)
      return context.body(new Uint8Array(answer.body), 200, { 'content-type': answer.contentType })
    } catch (error) {
      service.countRefusedBody(error)
      throw error
    }
  })

  routes.post('/v1/escalations', ingest, async (context) => {
    const body = await readJsonBody(context.req.raw, ESCALATION_BYTES)
    const { id, isNew } = await service.acceptEscalation(body, context.get('caller').maySpeakFor)
    return context.json({ id }, isNew ? 201 : 200)
  })

  return routes
}
