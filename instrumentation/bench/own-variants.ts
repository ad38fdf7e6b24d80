import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'
import OpenAI from 'openai'
import { createTidemark } from '../src/index.ts'
import { countedQueue } from '../src/span-queue.ts'
import { createFloor } from './floor.ts'
import { startSdk, traceExporter } from './opentelemetry-sdk.ts'
import type { Create } from './workload.ts'

/** A way of calling the provider, and how what it has recorded is sent. */
export interface Variant {
  readonly create: Create
  readonly flush: () => Promise<void>
  /** Spans that were given up so far, where the variant counts them. */
  readonly dropped?: () => number
}

export interface Endpoints {
  /** Base URL of the provider, with `/v1`. */
  readonly provider: string
  /** Base URL of the collector, with the variant's name as its path. */
  readonly collector: string
}

type Setup = (endpoints: Endpoints) => Variant

export const OWN_VARIANTS: Readonly<Record<string, Setup>> = {
  // twice the same: what their difference shows is the noise of the run
  bare: bareVariant,
  reference: bareVariant,
  floor({ provider, collector }) {
    const flush = startSdk(collector)
    return { create: createFloor(clientOf(provider)), flush }
  },
  tidemark: (endpoints) => tidemarkVariant(endpoints, 'none'),
  'tidemark-content': (endpoints) => tidemarkVariant(endpoints, 'all'),
}

function bareVariant({ provider }: Endpoints): Variant {
  return { create: createOf(clientOf(provider)), flush: () => Promise.resolve() }
}

function tidemarkVariant({ provider, collector }: Endpoints, content: 'none' | 'all'): Variant {
  let lost = 0
  const queue = countedQueue(traceExporter(collector), { maxQueueSize: QUEUE_SPANS, isFailed }, (spans) => {
    lost += spans
  })
  const batching = new BatchSpanProcessor({ exporter: queue.exporter, maxQueueSize: QUEUE_SPANS })
  const flush = startSdk(collector, queue.bounded(batching))
  const tidemark = createTidemark({
    agent: 'bench',
    promptVersion: '1',
    outbox: false,
    hashKey: 'bench'.repeat(8),
    content,
  })
  return { create: createOf(tidemark.instrument(clientOf(provider))), flush, dropped: () => lost }
}

/** Default of the SDK and of `@tidemark/instrumentation/node`. */
const QUEUE_SPANS = 2048

function isFailed({ code }: ExportResult): boolean {
  return code === ExportResultCode.FAILED
}

function clientOf(provider: string): OpenAI {
  return new OpenAI({ apiKey: 'bench', baseURL: provider })
}

function createOf(client: OpenAI): Create {
  return (body) => client.chat.completions.create(body)
}
