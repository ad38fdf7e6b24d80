import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { startSdk } from '../../../../instrumentation/bench/opentelemetry-sdk.ts'
import { PEERS, startPeer } from '../../../../instrumentation/bench/peers.ts'

export interface Endpoints {
  /** Base URL of the provider, with `/v1`. */
  readonly provider: string
  /** Base URL that takes OTLP under `/v1/traces`. */
  readonly collector: string
}

/** An application that asks a model, and what sends the spans it has recorded. */
export interface RunningSender {
  readonly ask: (question: string) => Promise<unknown>
  readonly flush: () => Promise<void>
}

interface Sender {
  /** Exact versions; what they depend on is pinned by the lock of the same name. */
  readonly packages: Readonly<Record<string, string>>
  readonly start: (load: Load, endpoints: Endpoints) => Promise<RunningSender>
}

type Load = (name: string) => Promise<unknown>

const MODEL = 'gpt-4o-mini'
const SYSTEM = 'You answer questions about parcels.'
const OPENAI = { openai: '7.57.0', '@opentelemetry/api': '1.10.0' }
const LANGCHAIN = { '@langchain/core': '1.4.0', '@langchain/openai': '1.6.0', openai: '6.48.0' }

/** Other projects' instrumentations, as an application sets them up, and frameworks around a client that is instrumented too. */
export const SENDERS: Readonly<Record<string, Sender>> = {
  'ai-sdk-5': {
    packages: { ai: '5.0.277', '@ai-sdk/openai': '2.0.130', zod: '4.6.7', '@opentelemetry/api': '1.10.0' },
    async start(load, endpoints) {
      const flush = startSdk(endpoints.collector)
      return { ask: await aiSdk(load, endpoints, { experimental_telemetry: { isEnabled: true } }), flush }
    },
  },
  'ai-sdk-7': {
    packages: {
      ai: '7.0.173',
      '@ai-sdk/openai': '4.0.118',
      '@ai-sdk/otel': '1.0.173',
      zod: '4.6.7',
      '@opentelemetry/api': '1.10.0',
    },
    async start(load, endpoints) {
      const flush = startSdk(endpoints.collector)
      const { OpenTelemetry } = (await load('@ai-sdk/otel')) as { OpenTelemetry: new () => object }
      const { registerTelemetry } = (await load('ai')) as { registerTelemetry: (integration: object) => void }
      registerTelemetry(new OpenTelemetry())
      return { ask: await aiSdk(load, endpoints), flush }
    },
  },
  /** The agent of the examples; it needs no packages but the repository's own. */
  'support-triage': {
    packages: {},
    async start(_, endpoints) {
      const flush = startSdk(endpoints.collector)
      const { createTidemark } = await import('@tidemark/instrumentation')
      const { createTriageAgent, EXAMPLE_TICKETS } = await import('@tidemark/example-support-triage')
      const { default: OpenAI } = await import('openai')
      const tidemark = createTidemark({ agent: 'support-triage', outbox: false, hashKey: 'key'.repeat(12) })
      const openai = tidemark.instrument(new OpenAI({ apiKey: 'sk-test', baseURL: endpoints.provider }))
      const triage = createTriageAgent({ openai, tidemark })
      let asked = 0
      const nextTicket = () => EXAMPLE_TICKETS[asked++ % EXAMPLE_TICKETS.length] ?? EXAMPLE_TICKETS[0]
      return {
        async ask() {
          const ticket = nextTicket()
          if (ticket !== undefined) await triage(ticket)
        },
        flush,
      }
    },
  },
  'ai-sdk-over-tidemark': {
    packages: { ai: '5.0.277', '@ai-sdk/openai': '2.0.130', zod: '4.6.7', '@opentelemetry/api': '1.10.0' },
    async start(load, endpoints) {
      const flush = startSdk(endpoints.collector)
      const { createTidemark } = await import('@tidemark/instrumentation')
      const tidemark = createTidemark({ agent: 'parcels', outbox: false, hashKey: 'key'.repeat(12) })
      const options = { experimental_telemetry: { isEnabled: true } }
      return { ask: await aiSdk(load, endpoints, options, tidemark.fetch()), flush }
    },
  },
  'traceloop-before-messages': {
    packages: { '@traceloop/instrumentation-openai': '0.14.0', openai: '4.104.0', '@opentelemetry/api': '1.9.0' },
    async start(load, endpoints) {
      const flush = startSdk(endpoints.collector)
      const openai = (await load('openai')) as { OpenAI: new (options: object) => OpenAiClient }
      const traceloop = (await load('@traceloop/instrumentation-openai')) as Instrumentations
      new traceloop.OpenAIInstrumentation().manuallyInstrument(openai.OpenAI)
      const client = new openai.OpenAI({ apiKey: 'sk-test', baseURL: endpoints.provider })
      return {
        ask: (question) =>
          client.chat.completions.create({ model: MODEL, messages: messages(question), temperature: 0 }),
        flush,
      }
    },
  },
  'langchain-openinference': {
    packages: {
      ...LANGCHAIN,
      '@arizeai/openinference-instrumentation-langchain': '4.1.1',
      '@arizeai/openinference-instrumentation-openai': '4.2.7',
      '@opentelemetry/api': '1.10.0',
    },
    async start(load, endpoints) {
      const flush = startSdk(endpoints.collector)
      const openai = (await load('@arizeai/openinference-instrumentation-openai')) as Instrumentations
      new openai.OpenAIInstrumentation().manuallyInstrument(await load('openai'))
      const langchain = (await load('@arizeai/openinference-instrumentation-langchain')) as Instrumentations
      new langchain.LangChainInstrumentation().manuallyInstrument(await load('@langchain/core/callbacks/manager'))
      return { ask: await langChain(load, endpoints), flush }
    },
  },
}

interface Instrumentations {
  readonly OpenAIInstrumentation: new () => { manuallyInstrument(module: unknown): void }
  readonly LangChainInstrumentation: new () => { manuallyInstrument(module: unknown): void }
}

interface OpenAiClient {
  readonly chat: { readonly completions: { create(request: object): Promise<unknown> } }
}

export function packagesOf(name: string): Readonly<Record<string, string>> {
  const peer = PEERS[name]
  return peer === undefined ? (SENDERS[name]?.packages ?? {}) : { ...OPENAI, ...peer.packages }
}

export async function startSender(name: string, folder: string, endpoints: Endpoints): Promise<RunningSender> {
  const require = createRequire(join(folder, 'package.json'))
  if (PEERS[name] !== undefined) {
    const { create, flush } = startPeer(name, folder, endpoints)
    return { ask: (question) => create({ model: MODEL, messages: messages(question), temperature: 0 }), flush }
  }
  const sender = SENDERS[name]
  if (sender === undefined) throw new Error(`no sender is called ${name}`)
  return await sender.start((module) => import(pathToFileURL(require.resolve(module)).href), endpoints)
}

async function aiSdk(load: Load, { provider }: Endpoints, telemetry: object = {}, fetch = globalThis.fetch) {
  const { createOpenAI } = (await load('@ai-sdk/openai')) as {
    createOpenAI: (options: object) => { chat(model: string): object }
  }
  const { generateText } = (await load('ai')) as { generateText: (options: object) => Promise<unknown> }
  const model = createOpenAI({ apiKey: 'sk-test', baseURL: provider, fetch }).chat(MODEL)
  return (question: string) => generateText({ model, system: SYSTEM, prompt: question, temperature: 0, ...telemetry })
}

async function langChain(load: Load, { provider }: Endpoints) {
  const { ChatOpenAI } = (await load('@langchain/openai')) as {
    ChatOpenAI: new (options: object) => { invoke(messages: unknown): Promise<unknown> }
  }
  const configuration = { baseURL: provider }
  const model = new ChatOpenAI({ apiKey: 'sk-test', model: MODEL, temperature: 0, configuration })
  return (question: string) => model.invoke(messages(question))
}

function messages(question: string): { role: 'system' | 'user'; content: string }[] {
  return [
    { role: 'system', content: SYSTEM },
    { role: 'user', content: question },
  ]
}
