import { AsyncLocalStorage } from 'node:async_hooks'
import { createTidemark, type PriceFunction, type TidemarkOptions } from '@tidemark/instrumentation'
import OpenAI from 'openai'

/** Where a judge's model is served; any server that speaks the chat completions API. */
export type JudgeEndpoint = {
  readonly baseUrl: string | undefined
  readonly apiKey: string
  /** Limit of one attempt, milliseconds. */
  readonly timeoutMilliseconds: number
  /** Retries after the first attempt. */
  readonly retries: number
}

export type JudgeClient = {
  readonly openai: OpenAI
  /** Attempts of one call: those the caller's function makes. */
  counting<Result>(log: AttemptLog, call: () => Promise<Result>): Promise<Result>
  /** Ends what telemetry still holds. */
  close(): Promise<void>
}

/** HTTP status of each attempt in its order, null while it has none: no answer, or not yet. */
export type AttemptLog = { readonly statuses: (number | null)[] }

/**
 * A client for judge calls: retries and telemetry are those of `@tidemark/instrumentation`, under an agent name of their own,
 * so that a team sees what judging costs and how often its provider fails.
 */
export function createJudgeClient(
  endpoint: JudgeEndpoint,
  telemetry: {
    readonly agent: string
    readonly price?: PriceFunction | undefined
    readonly tracerProvider?: TidemarkOptions['tracerProvider']
    readonly meterProvider?: TidemarkOptions['meterProvider']
  },
): JudgeClient {
  const attempts = new AsyncLocalStorage<AttemptLog>()
  const { price, tracerProvider, meterProvider } = telemetry
  const tidemark = createTidemark({
    agent: telemetry.agent,
    outbox: false,
    // what is judged is somebody's text: it stays out of telemetry
    content: 'none',
    ...(price === undefined ? {} : { price }),
    ...(tracerProvider === undefined ? {} : { tracerProvider }),
    ...(meterProvider === undefined ? {} : { meterProvider }),
  })
  const openai = new OpenAI({
    apiKey: endpoint.apiKey,
    ...(endpoint.baseUrl === undefined ? {} : { baseURL: endpoint.baseUrl }),
    timeout: endpoint.timeoutMilliseconds,
    maxRetries: endpoint.retries,
    fetch: async (input, init) => {
      const statuses = attempts.getStore()?.statuses ?? []
      const attempt = statuses.push(null) - 1
      const response = await fetch(input, init)
      statuses[attempt] = response.status
      return response
    },
  })
  return {
    openai: tidemark.instrument(openai),
    counting: (log, call) => attempts.run(log, call),
    close: () => tidemark.shutdown(),
  }
}
