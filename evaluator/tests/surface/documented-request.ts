import { z } from 'zod'

const operationSchema = z.object({
  'x-role': z.enum(['none', 'ingest', 'read', 'review', 'admin']),
  'x-bound': z.enum(['by_agent', 'to_visible_agents', 'needs_all_agents', 'shows_no_agent']),
  parameters: z.array(z.object({ name: z.string(), in: z.enum(['path', 'query']) })),
  requestBody: z.object({ content: z.record(z.string(), z.object({ example: z.unknown().optional() })) }).optional(),
})
const documentSchema = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.enum(['get', 'post']), operationSchema.optional())),
})

/** One operation of the document of the API. */
export type DocumentedOperation = z.infer<typeof operationSchema> & { readonly method: string; readonly path: string }

/** What stands for an agent, an id and a time in a request. */
export type Filling = {
  readonly agent: string
  readonly idOf: (path: string) => string
  readonly now: number
  /** Name of the agent in `service.name`; by default the agent. */
  readonly service?: string
}

/** Every operation of the document that a running evaluator serves. */
export async function documentedOperations(url: string): Promise<DocumentedOperation[]> {
  const { paths } = documentSchema.parse(await (await fetch(`${url}/api/openapi.json`)).json())
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, operation]) =>
      operation === undefined ? [] : [{ ...operation, path, method: method.toUpperCase() }],
    ),
  )
}

/** A request that the document describes: its address below the origin, and the rest. */
export function documentedRequest(
  { method, path, parameters, requestBody }: DocumentedOperation,
  { agent, idOf, now, service = agent }: Filling,
): { readonly path: string; readonly init: RequestInit } {
  const filled = path.replace('{agent}', encodeURIComponent(agent)).replace('{id}', encodeURIComponent(idOf(path)))
  const query = parameters.some((one) => one.in === 'query' && one.name === 'agent') ? `?agent=${agent}` : ''
  const example = requestBody?.content['application/json']?.example
  if (example === undefined) return { path: filled + query, init: { method } }
  const body = JSON.stringify(example)
    .replace(/("service\.name","value":\{"stringValue":)"AGENT"/u, `$1"${service}"`)
    .replaceAll('"AGENT"', `"${agent}"`)
    .replaceAll('"NOW"', `"${new Date(now).toISOString()}"`)
    .replaceAll('"NOW_NANOSECONDS"', `"${BigInt(now) * 1_000_000n}"`)
  return { path: filled + query, init: { method, headers: { 'content-type': 'application/json' }, body } }
}
