import { CHANGE_KINDS } from '@tidemark/instrumentation/semconv'
import { z } from 'zod'
import { PRIORITIES } from '../domain/escalation.ts'
import type { DescribedBody } from './route-book.ts'

/** What the document of the API says of the bodies; the readers of each, in the ingest folder, decide what is taken. */
const OTLP = ['application/json', 'application/x-protobuf']
const JSON_ONLY = ['application/json']
const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
const SPAN_ID = 'b7ad6b7169203331'

const text = (key: string, value: string) => ({ key, value: { stringValue: value } })

export const OTLP_TRACES: DescribedBody = {
  contentTypes: OTLP,
  schema: z.object({ resourceSpans: z.array(z.unknown()) }),
  example: {
    resourceSpans: [
      {
        resource: { attributes: [text('service.name', 'AGENT')] },
        scopeSpans: [
          {
            spans: [
              {
                traceId: TRACE_ID,
                spanId: SPAN_ID,
                name: 'chat gpt-4o-mini',
                kind: 3,
                startTimeUnixNano: 'NOW_NANOSECONDS',
                endTimeUnixNano: 'NOW_NANOSECONDS',
                attributes: [
                  text('gen_ai.operation.name', 'chat'),
                  text('gen_ai.agent.name', 'AGENT'),
                  text('gen_ai.request.model', 'gpt-4o-mini'),
                ],
              },
            ],
          },
        ],
      },
    ],
  },
}

export const OTLP_LOGS: DescribedBody = {
  contentTypes: OTLP,
  schema: z.object({ resourceLogs: z.array(z.unknown()) }),
  example: {
    resourceLogs: [
      {
        resource: { attributes: [text('service.name', 'AGENT')] },
        scopeLogs: [
          {
            logRecords: [
              {
                timeUnixNano: 'NOW_NANOSECONDS',
                traceId: TRACE_ID,
                spanId: SPAN_ID,
                eventName: 'gen_ai.evaluation.result',
                attributes: [
                  text('gen_ai.agent.name', 'AGENT'),
                  text('gen_ai.evaluation.name', 'helpful'),
                  { key: 'gen_ai.evaluation.score.value', value: { doubleValue: 1 } },
                ],
              },
            ],
          },
        ],
      },
    ],
  },
}

export const ESCALATION: DescribedBody = {
  contentTypes: JSON_ONLY,
  schema: z.object({
    id: z.uuid(),
    agent: z.string(),
    reason: z.string(),
    priority: z.enum(PRIORITIES).optional(),
    question: z.string().optional(),
    context: z.unknown(),
    input: z.unknown(),
    output: z.unknown(),
    traceId: z.string().nullish(),
    spanId: z.string().nullish(),
    createdAt: z.iso.datetime({ offset: true }),
  }),
  example: {
    id: '7d8f1f5c-1c0e-4f9e-8f53-0d3f7e1a2b4c',
    agent: 'AGENT',
    reason: 'low_confidence',
    question: 'Is this a refund?',
    createdAt: 'NOW',
  },
}

export const SCORES: DescribedBody = {
  contentTypes: JSON_ONLY,
  schema: z.object({
    scores: z.array(
      z.object({
        agent: z.string(),
        name: z.string(),
        value: z.union([z.boolean(), z.number(), z.string()]),
        responseId: z.string().optional(),
        traceId: z.string().optional(),
        spanId: z.string().optional(),
        conversationId: z.string().optional(),
        version: z.string().optional(),
        source: z.string().optional(),
        selection: z.string().optional(),
        lagDays: z.number().optional(),
        at: z.iso.datetime({ offset: true }).optional(),
        id: z.string().optional(),
      }),
    ),
  }),
  example: { scores: [{ agent: 'AGENT', name: 'helpful', value: true, responseId: 'resp-1' }] },
}

export const CHANGE: DescribedBody = {
  contentTypes: JSON_ONLY,
  schema: z.object({
    agent: z.string(),
    kind: z.enum(CHANGE_KINDS),
    value: z.string(),
    at: z.iso.datetime({ offset: true }).optional(),
    by: z.string().optional(),
    link: z.url().optional(),
    id: z.string().optional(),
  }),
  example: { agent: 'AGENT', kind: 'data', value: 'catalogue-7' },
}
