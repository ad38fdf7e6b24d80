import { execFile } from 'node:child_process'
import { mkdir, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fieldOf, recordOf } from '../src/untyped.ts'
import { startSdk } from './opentelemetry-sdk.ts'
import type { Endpoints, Variant } from './own-variants.ts'

/** Another project's instrumentation, with its own defaults, as its documentation says to set it up. */
export interface Peer {
  readonly packages: Readonly<Record<string, string>>
  /** Its declared range excludes this client; without force it records nothing. */
  readonly isRangeForced: boolean
  readonly setup: (load: Load, endpoints: Endpoints) => Flush
}

type Load = (name: string) => unknown
type Flush = () => Promise<void>

const OPENAI_VERSION = '7.57.0'

export const PEERS: Readonly<Record<string, Peer>> = {
  opentelemetry: {
    packages: { '@opentelemetry/instrumentation-openai': '0.22.0' },
    isRangeForced: true,
    setup(load, { collector }) {
      const flush = startSdk(collector)
      const instrumentation = make(load('@opentelemetry/instrumentation-openai'), 'OpenAIInstrumentation')
      forceRange(instrumentation)
      invoke(load('@opentelemetry/instrumentation'), 'registerInstrumentations', {
        instrumentations: [instrumentation],
      })
      return flush
    },
  },
  traceloop: {
    packages: { '@traceloop/instrumentation-openai': '0.27.0' },
    isRangeForced: true,
    setup(load, { collector }) {
      const flush = startSdk(collector)
      const instrumentation = make(load('@traceloop/instrumentation-openai'), 'OpenAIInstrumentation')
      invoke(instrumentation, 'manuallyInstrument', fieldOf(load('openai'), 'OpenAI'))
      return flush
    },
  },
  openinference: {
    packages: { '@arizeai/openinference-instrumentation-openai': '4.2.7' },
    isRangeForced: false,
    setup(load, { collector }) {
      const flush = startSdk(collector)
      make(load('@arizeai/openinference-instrumentation-openai'), 'OpenAIInstrumentation')
      return flush
    },
  },
  langfuse: {
    packages: {
      '@langfuse/openai': '5.11.1',
      '@langfuse/otel': '5.11.1',
      '@opentelemetry/sdk-trace-node': '^2.0.1',
      '@opentelemetry/exporter-trace-otlp-http': '>=0.202.0 <0.300.0',
    },
    isRangeForced: false,
    setup(load, { collector }) {
      const processor = make(load('@langfuse/otel'), 'LangfuseSpanProcessor', {
        publicKey: 'bench',
        secretKey: 'bench',
        baseUrl: collector,
      })
      const tracerProvider = make(load('@opentelemetry/sdk-trace-node'), 'NodeTracerProvider', {
        spanProcessors: [processor],
      })
      invoke(tracerProvider, 'register')
      return async () => void (await invoke(tracerProvider, 'forceFlush'))
    },
  },
  openlit: {
    packages: { openlit: '1.15.0' },
    isRangeForced: false,
    setup(load, { collector }) {
      const openlit = fieldOf(load('openlit'), 'default') ?? load('openlit')
      // the price list would be fetched from the internet
      invoke(openlit, 'init', { otlpEndpoint: collector, pricingJson: '{}', applicationName: 'bench' })
      const api = load('@opentelemetry/api')
      return async () => {
        const traces: unknown = invoke(fieldOf(api, 'trace'), 'getTracerProvider')
        await invoke(invoke(traces, 'getDelegate'), 'forceFlush')
        await invoke(invoke(fieldOf(api, 'metrics'), 'getMeterProvider'), 'forceFlush')
      }
    },
  },
}

/** Every peer gets a folder of its own: their dependencies exclude each other. Returns the folder. */
export async function installPeer(name: string, scratch: string): Promise<string> {
  const folder = join(scratch, name)
  await mkdir(folder, { recursive: true })
  const dependencies = { openai: OPENAI_VERSION, '@opentelemetry/api': '^1.9.0', ...PEERS[name]?.packages }
  await writeFile(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }))
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps', '--prefer-offline']
  await promisify(execFile)('npm', ['install', ...flags], { cwd: folder, timeout: 5 * 60_000 })
  return folder
}

export function startPeer(name: string, folder: string, endpoints: Endpoints): Variant {
  const load: Load = createRequire(join(folder, 'package.json'))
  const peer = PEERS[name]
  if (peer === undefined) throw new Error(`no peer is called ${name}`)
  const flush = peer.setup(load, endpoints)
  const client = make(load('openai'), 'OpenAI', { apiKey: 'bench', baseURL: endpoints.provider })
  const observed = name === 'langfuse' ? invoke(load('@langfuse/openai'), 'observeOpenAI', client) : client
  const completions = fieldOf(fieldOf(observed, 'chat'), 'completions')
  return { create: async (body) => invoke(completions, 'create', body), flush }
}

function make(module: unknown, name: string, ...args: readonly unknown[]): unknown {
  const constructor = fieldOf(module, name)
  if (typeof constructor !== 'function') throw new Error(`the package exports no ${name}`)
  const instance: unknown = Reflect.construct(constructor, args)
  return instance
}

function invoke(target: unknown, name: string, ...args: readonly unknown[]): unknown {
  const method = fieldOf(target, name)
  if (typeof method !== 'function') throw new Error(`there is no method ${name}`)
  const result: unknown = Reflect.apply(method, target, args)
  return result
}

function forceRange(instrumentation: unknown): void {
  const modules = fieldOf(instrumentation, '_modules')
  for (const module of Array.isArray(modules) ? modules : []) {
    const definition = recordOf(module)
    if (definition !== undefined) Object.assign(definition, { supportedVersions: ['*'] })
  }
}
