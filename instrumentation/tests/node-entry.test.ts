import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { completion, json, startProvider } from './loopback-provider.ts'
import { type OtlpReceiver, startReceiver } from './otlp-receiver.ts'

const PROCESS = fileURLToPath(new URL('telemetry-process.ts', import.meta.url))

interface Ended {
  readonly receiver: OtlpReceiver
  readonly started: unknown
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
  /** From the moment it was asked to end, or had nothing left to do. */
  readonly milliseconds: number
}

/** Runs one agent process to its end, with a provider and a receiver on loopback. */
async function runAgent(
  mode: string,
  {
    signal,
    isHanging = false,
    variables = {},
  }: {
    signal?: NodeJS.Signals
    isHanging?: boolean
    variables?: Readonly<Record<string, string>>
  } = {},
): Promise<Ended> {
  const provider = await startProvider(json(200, completion('Fine.')))
  onTestFinished(async () => provider[Symbol.asyncDispose]())
  const receiver = await startReceiver({ isHanging })
  onTestFinished(async () => receiver[Symbol.asyncDispose]())
  const child = fork(PROCESS, [mode, provider.url], {
    env: { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, OTEL_SERVICE_NAME: 'an-agent', ...variables },
    execArgv: [],
    silent: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [started]: unknown[] = await once(child, 'message')
  const since = performance.now()
  if (signal !== undefined) child.kill(signal)
  const [code, endedBy]: (number | string | null)[] = await once(child, 'exit')
  return {
    receiver,
    started,
    code: typeof code === 'number' ? code : null,
    signal: typeof endedBy === 'string' ? endedBy : null,
    output,
    milliseconds: performance.now() - since,
  }
}

it('a process ended by SIGTERM exports its span and metrics first, and dies of the signal', async () => {
  const { receiver, started, signal, output } = await runAgent('wait', { signal: 'SIGTERM' })
  expect(output).toBe('')
  expect({ started, signal }).toEqual({ started: { traces: true, metrics: true }, signal: 'SIGTERM' })
  expect(receiver.spans.map(({ name }) => name)).toEqual(['chat gpt-4o'])
  expect(receiver.metrics).toContain('gen_ai.client.operation.duration')
  expect(receiver.metrics).toContain('tidemark.telemetry.dropped')
  expect(receiver.resources.every((resource) => resource.includes('an-agent'))).toBe(true)
})

it('a process that has nothing left to do exports first and ends by itself', async () => {
  const { receiver, code, output } = await runAgent('end')
  expect({ code, output }).toEqual({ code: 0, output: '' })
  expect(receiver.spans).toHaveLength(1)
})

it('beside an SDK of the agent no second one is started, and our span lies under the caller’s', async () => {
  const { receiver, started } = await runAgent('beside')
  expect(started).toEqual({ traces: false, metrics: true })
  const caller = receiver.spans.find(({ name }) => name === 'caller')
  const ours = receiver.spans.filter(({ name }) => name === 'chat gpt-4o')
  expect(ours).toHaveLength(1)
  expect(ours[0]).toMatchObject({ traceId: caller?.traceId, parentSpanId: caller?.spanId })
})

it('a receiver that hangs holds the end up no longer than was allowed', async () => {
  const { signal, milliseconds } = await runAgent('wait', { signal: 'SIGTERM', isHanging: true })
  expect(signal).toBe('SIGTERM')
  expect(milliseconds).toBeLessThan(3000)
})

it('OTEL_SDK_DISABLED starts nothing', async () => {
  const { receiver, started } = await runAgent('end', { variables: { OTEL_SDK_DISABLED: 'true' } })
  expect(started).toEqual({ traces: false, metrics: false })
  expect([...receiver.spans, ...receiver.metrics]).toEqual([])
})

it('a variable that is not understood is named in the log', async () => {
  const { receiver, output } = await runAgent('end', {
    variables: { OTEL_LOG_LEVEL: 'warn', OTEL_TRACES_SAMPLER: 'sometimes' },
  })
  expect(output).toContain('OTEL_TRACES_SAMPLER=sometimes')
  expect(receiver.spans).toHaveLength(1)
})
