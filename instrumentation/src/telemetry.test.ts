import { metrics, propagation, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, it, onTestFinished } from 'vitest'
import { completion, json, startProvider } from '../tests/loopback-provider.ts'
import { createSink } from '../tests/telemetry-sink.ts'
import OpenAI from 'openai'
import { createTidemark } from './index.ts'

it('an SDK that starts after us gets everything from then on, the zeros too', async () => {
  const provider = await startProvider(json(200, completion('x')))
  onTestFinished(async () => provider[Symbol.asyncDispose]())
  const tidemark = createTidemark({ agent: 'early', hashKey: 'a key for the tests', outbox: false })
  onTestFinished(() => tidemark.shutdown(0))
  const client = tidemark.instrument(new OpenAI({ apiKey: 'x', baseURL: provider.url }))
  const ask = () => client.chat.completions.create({ model: 'gpt-4o', messages: [] })
  await ask()
  const sink = createSink()
  metrics.setGlobalMeterProvider(sink.meterProvider)
  const exporter = new InMemorySpanExporter()
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }))
  onTestFinished(() => {
    metrics.disable()
    trace.disable()
    propagation.disable()
  })
  await ask()
  expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['chat gpt-4o'])
  expect(await sink.points('gen_ai.client.operation.duration')).toHaveLength(1)
  const attempts = await sink.points('tidemark.llm.attempts')
  expect(attempts).toHaveLength(7)
  expect(await sink.points('tidemark.telemetry.dropped')).toHaveLength(3)
})
