import { logs } from '@opentelemetry/api'
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { setting } from './client-setting.ts'

const EVENT = 'gen_ai.evaluation.result'
const facts = {
  'gen_ai.agent.name': 'tested',
  'gen_ai.evaluation.name': 'schema_validation',
  'gen_ai.evaluation.score.label': 'fail',
  'gen_ai.evaluation.score.value': 0,
  'gen_ai.evaluation.explanation': 'not_json',
}

it('a validation is an event of its span where the SDK has no logs', async (test) => {
  const { tidemark, sink } = await setting(test, [])
  await tidemark.validate(z.object({}), 'Hello')
  expect(sink.spans('tidemark.validation')[0]?.events).toMatchObject([{ name: EVENT, attributes: facts }])
})

it('a validation is a log record about its span where the SDK has logs, and is told once', async (test) => {
  const exporter = new InMemoryLogRecordExporter()
  logs.setGlobalLoggerProvider(new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] }))
  test.onTestFinished(() => logs.disable())
  const { tidemark, sink } = await setting(test, [])
  await tidemark.validate(z.object({}), 'Hello')
  const [span] = sink.spans('tidemark.validation')
  expect(span?.events).toEqual([])
  const records = exporter.getFinishedLogRecords()
  expect(records).toHaveLength(1)
  expect(records[0]).toMatchObject({ eventName: EVENT, attributes: facts })
  expect(records[0]?.spanContext).toMatchObject(span?.spanContext() ?? { traceId: 'a span' })
})
