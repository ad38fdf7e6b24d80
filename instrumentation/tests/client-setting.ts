import OpenAI from 'openai'
import { createTidemark, type Tidemark, type TidemarkOptions } from '../src/index.ts'
import { type Answer, type LoopbackProvider, startProvider } from './loopback-provider.ts'
import { createSink, type TelemetrySink } from './telemetry-sink.ts'

export const HASH_KEY = 'a key for the tests'

export interface Setting {
  readonly provider: LoopbackProvider
  readonly client: OpenAI
  readonly sink: TelemetrySink
  readonly tidemark: Tidemark
}

/** The context of the test at hand: tests that run at the same time must not close each other's servers. */
export interface Finishing {
  readonly onTestFinished: (fn: () => Promise<void>) => void
}

/** A provider on loopback, the real client, and where its telemetry goes. Everything is closed when the test ends. */
export async function setting(
  { onTestFinished }: Finishing,
  answers: readonly Answer[],
  {
    isInstrumented = true,
    options = {},
    clientOptions = {},
    Client = OpenAI,
  }: {
    isInstrumented?: boolean
    options?: Partial<TidemarkOptions>
    clientOptions?: object
    /** Of another major, where one is to be tested. */
    Client?: typeof OpenAI
  } = {},
): Promise<Setting> {
  const provider = await startProvider(...answers)
  onTestFinished(async () => provider[Symbol.asyncDispose]())
  const sink = createSink()
  const bare = new Client({
    apiKey: 'sk-test',
    baseURL: provider.url,
    maxRetries: 1,
    logLevel: 'off',
    ...clientOptions,
  })
  const tidemark = createTidemark({
    agent: 'tested',
    hashKey: HASH_KEY,
    outbox: false,
    retry: { baseMilliseconds: 1 },
    tracerProvider: sink.tracerProvider,
    meterProvider: sink.meterProvider,
    ...options,
  })
  onTestFinished(() => tidemark.shutdown(0))
  return { provider, client: isInstrumented ? tidemark.instrument(bare) : bare, sink, tidemark }
}
