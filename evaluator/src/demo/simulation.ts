import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createTidemark, type Tidemark } from '@tidemark/instrumentation'
import OpenAI from 'openai'
import { pino } from 'pino'
import { TIDEMARK } from '@tidemark/instrumentation/semconv'
import { resolveConfiguration } from '../config.ts'
import { TidemarkError } from '../domain/errors.ts'
import { createService, type Service } from '../service.ts'
import { startAgentTelemetry } from './agent-telemetry.ts'
import type { SimulatedDays } from './simulated-days.ts'
import { noteRecordedLatency } from './simulated-time.ts'

export type SimulationOptions = {
  readonly agent: string
  readonly promptVersion?: string
  readonly days: SimulatedDays
  readonly perDay: number
  /** Base URL of the provider the agent calls. */
  readonly providerUrl: string
  /** Port of the evaluator; 0 for any free one. */
  readonly port: number
  /** SQLite file; undefined: a temporary one, removed on `stop`. */
  readonly store: string | undefined
  readonly content: 'none' | 'all'
  readonly metricsEndpoint: string | undefined
}

/** An evaluator on a simulated clock, and an agent's instrumented client that reports to it. */
export type Simulation = {
  readonly service: Service
  /** Base URL of the evaluator. */
  readonly url: string
  readonly storeFile: string
  readonly openai: OpenAI
  readonly tidemark: Tidemark
  /** Answers the agent's client has got so far. */
  callsMade(): number
  flush(): Promise<void>
  setClock(time: number): void
  stop(): Promise<void>
}

/** @throws {TidemarkError} `argument_invalid` for a store that exists, `listen_failed` */
export async function startSimulation(options: SimulationOptions): Promise<Simulation> {
  if (options.store !== undefined && existsSync(options.store)) throw storeExists(options.store)
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-simulation-'))
  const storeFile = options.store === undefined ? join(folder, 'tidemark.db') : resolve(options.store)
  let clock = options.days.startOf(-2)
  const service = await createService({
    config: configurationOf(options, storeFile),
    clock: () => clock,
    logger: pino({ level: 'warn' }, pino.destination(2)),
  })
  const { url } = await service.start().catch(async (error: unknown) => {
    await service.stop()
    rmSync(folder, { recursive: true, force: true })
    throw isListenFailed(error) ? portRefused(error) : error
  })
  const telemetry = startAgentTelemetry({
    evaluator: url,
    metricsEndpoint: options.metricsEndpoint,
    serviceName: options.agent,
  })
  const tidemark = createTidemark({
    agent: options.agent,
    ...(options.promptVersion === undefined ? {} : { promptVersion: options.promptVersion }),
    endpoint: url,
    outbox: join(folder, 'outbox'),
    content: options.content,
    // synthetic or published texts: the key only has to be the same in every run
    hashKey: 'tidemark simulation key',
    tracerProvider: telemetry.tracerProvider,
    ...(telemetry.meterProvider === undefined ? {} : { meterProvider: telemetry.meterProvider }),
  })
  let answers = 0
  const fetch = noteRecordedLatency(async (input, init) => {
    const response = await globalThis.fetch(input, init)
    answers += 1
    return response
  })
  const openai = tidemark.instrument(new OpenAI({ apiKey: 'none needed', baseURL: options.providerUrl, fetch }))
  return {
    service,
    url,
    storeFile,
    openai,
    tidemark,
    callsMade: () => answers,
    async flush() {
      await tidemark.flush()
      await telemetry.flush()
    },
    setClock(time) {
      clock = time
    },
    async stop() {
      await tidemark.shutdown()
      await telemetry.stop()
      await service.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function storeExists(file: string): TidemarkError {
  return new TidemarkError(
    'argument_invalid',
    `--store ${file} exists already, and its history would mix with the simulated one.`,
    'Give the name of a file that does not exist yet, or delete that one.',
  )
}

function isListenFailed(error: unknown): error is TidemarkError {
  return error instanceof TidemarkError && error.code === 'listen_failed'
}

/** A simulation has no configuration to correct, only its option. */
function portRefused(error: TidemarkError): TidemarkError {
  return new TidemarkError(
    error.code,
    error.message,
    'Give another port with --port, or --port 0, which takes any free one.',
    { cause: error },
  )
}

function configurationOf(options: SimulationOptions, storeFile: string) {
  const { agent, days, perDay, port } = options
  const lifetime = days.count + 90
  return resolveConfiguration(
    {
      store: { url: `sqlite:${storeFile}` },
      listen: { host: '127.0.0.1', port },
      retentionDays: Math.max(400, lifetime),
      agents: {
        [agent]: {
          timeZone: 'UTC',
          schedule: {
            cadence: 'daily',
            at: '00:00',
            settleMinutes: 0,
            batchSize: Math.min(2000, Math.max(500, perDay)),
          },
          paging: { mode: 'live' },
          segments: [TIDEMARK.segment],
          baseline: { expiryDays: Math.max(180, lifetime) },
        },
      },
    },
    'the simulation',
  )
}
