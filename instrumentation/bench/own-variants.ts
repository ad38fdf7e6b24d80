import OpenAI from 'openai'
import { createTidemark } from '../src/index.ts'
import { createFloor } from './floor.ts'
import { startSdk } from './opentelemetry-sdk.ts'
import type { Create } from './workload.ts'

/** A way of calling the provider, and how what it has recorded is sent. */
export interface Variant {
  readonly create: Create
  readonly flush: () => Promise<void>
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
  const flush = startSdk(collector)
  const tidemark = createTidemark({
    agent: 'bench',
    promptVersion: '1',
    outbox: false,
    hashKey: 'bench'.repeat(8),
    content,
  })
  return { create: createOf(tidemark.instrument(clientOf(provider))), flush }
}

function clientOf(provider: string): OpenAI {
  return new OpenAI({ apiKey: 'bench', baseURL: provider })
}

function createOf(client: OpenAI): Create {
  return (body) => client.chat.completions.create(body)
}
