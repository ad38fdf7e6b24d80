/** A process that makes one call and then waits, ends, or has an SDK of its own. */
import OpenAI from 'openai'
import { createTidemark } from '../src/index.ts'
import { startTelemetry } from '../src/node.ts'
import { ownSdk } from './own-sdk.ts'

const [mode, baseURL] = process.argv.slice(2)
const own = mode === 'beside' ? ownSdk(process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? '') : undefined
const telemetry = await startTelemetry({ shutdownMilliseconds: 1000 })
const tidemark = createTidemark({ agent: 'tested', outbox: false, hashKey: 'a key for the tests' })
telemetry.endFirst(tidemark)
const openai = tidemark.instrument(new OpenAI({ apiKey: 'sk-test', baseURL }))
const call = () => openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] })
await (own === undefined ? call() : own.inSpan('caller', call))
process.send?.(telemetry.started)
if (mode === 'wait') setInterval(() => undefined, 1000)
else {
  await own?.flush()
  process.disconnect()
}
