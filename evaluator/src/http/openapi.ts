import { z } from 'zod'
import { ROLES } from './access-settings.ts'
import type { DescribedBody, RouteDescription } from './route-book.ts'

const ERROR_SCHEMA = z.object({ error: z.object({ code: z.string(), message: z.string(), next: z.string() }) })

const BOUND: Readonly<Record<RouteDescription['bound'], string>> = {
  by_agent: 'The token must speak for the agent.',
  to_visible_agents: 'Shows what the token speaks for, and nothing of other agents.',
  needs_all_agents: 'The token must speak for every agent ("*").',
  shows_no_agent: 'Shows nothing of any agent.',
}

export type Operation = {
  readonly summary: string
  readonly description: string
  readonly security?: readonly Readonly<Record<string, readonly string[]>>[]
  readonly 'x-role': string
  readonly 'x-bound': RouteDescription['bound']
  readonly parameters: readonly {
    readonly name: string
    readonly in: 'path' | 'query'
    readonly [key: string]: unknown
  }[]
  readonly requestBody?: {
    readonly required: true
    readonly content: Readonly<Record<string, { readonly schema: unknown; readonly example?: unknown }>>
  }
  readonly responses: Readonly<Record<string, unknown>>
}

export type OpenApiDocument = {
  readonly openapi: '3.1.0'
  readonly info: { readonly title: string; readonly version: string; readonly description: string }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: unknown
}

/** The OpenAPI 3.1 document of what is registered, in the order in which it was. */
export function openApiDocument(descriptions: readonly RouteDescription[]): OpenApiDocument {
  const paths: Record<string, Record<string, Operation>> = {}
  for (const description of descriptions) {
    const path = description.path.replaceAll(/:(\w+)/gu, '{$1}')
    paths[path] = { ...paths[path], [description.method]: operation(description) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tidemark',
      version: '1',
      description:
        'Telemetry in, verdicts out. Every error is JSON with code, message and next; codes are stable. In examples AGENT stands for the name of an agent, NOW for a time as ISO text, NOW_NANOSECONDS for nanoseconds since 1970.',
    },
    paths,
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: `A token of the role ${ROLES.join(', ')}.` },
      },
      schemas: { Error: jsonSchema(ERROR_SCHEMA) },
    },
  }
}

function operation({ role, summary, bound, parameters, query, body, answers }: RouteDescription): Operation {
  return {
    summary,
    description: role === undefined ? 'Needs no token.' : `Needs the role ${role}. ${BOUND[bound]}`,
    ...(role === undefined ? {} : { security: [{ token: [] }] }),
    'x-role': role ?? 'none',
    'x-bound': bound,
    parameters: [...parametersIn('path', parameters), ...parametersIn('query', query)],
    ...(body === undefined ? {} : { requestBody: requestBody(body) }),
    responses: {
      '2XX': { description: 'Done.', content: { [answers ?? body?.contentTypes[0] ?? 'application/json']: {} } },
      default: {
        description: 'Refused, with the reason and the next step.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function parametersIn(where: 'path' | 'query', schema: z.ZodObject | undefined): Operation['parameters'] {
  return Object.entries(schema?.shape ?? {}).map(([name, field]) => ({
    name,
    in: where,
    required: where === 'path',
    schema: jsonSchema(field),
  }))
}

function requestBody({ contentTypes, schema, example }: DescribedBody): NonNullable<Operation['requestBody']> {
  const described = jsonSchema(schema)
  return {
    required: true,
    content: Object.fromEntries(
      contentTypes.map((type) => [type, type === 'application/json' ? { schema: described, example } : { schema: {} }]),
    ),
  }
}

function jsonSchema(schema: z.core.$ZodType): unknown {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })
  return rest
}
