import type { Logger } from 'pino'
import { TidemarkError } from '../domain/errors.ts'
import { createEvaluationResults, type EvaluatedItem } from '../publish/evaluation-results.ts'
import { startOtlpPush, type OtlpPush } from '../publish/otlp-push.ts'
import type { PublishedState } from '../publish/published-state.ts'
import type { PublishSettings, SecretSettings } from '../publish/publish-settings.ts'
import type { ScoredCall } from '../scoring/scored-call.ts'
import { secretText } from './secret-text.ts'
import type { Webhooks } from './webhooks.ts'

/** What leaves the evaluator on its own account; `/metrics` waits to be asked. */
export type Publication = {
  /** Pushes on a clock from now on, where a receiver is configured. */
  start(): void
  /**
   * Pushes the state and tells the webhooks, once.
   * @throws {TidemarkError} `publish_failed` when the OTLP receiver took nothing; the webhooks are told all the same
   */
  publish(now: number): Promise<void>
  /** Sends the scores of a slot that is done; nobody waits for it, and what fails is logged. */
  slotDone(items: readonly ScoredCall[]): void
  stop(): Promise<void>
}

export function createPublication({
  settings,
  webhooks,
  instance,
  read,
  logger,
}: {
  settings: PublishSettings
  webhooks: Pick<Webhooks, 'deliver'>
  /** Tells apart replicas that push the same results. */
  instance: string
  read: () => Promise<PublishedState>
  logger: Logger
}): Publication {
  let push: OtlpPush | null = null
  const results =
    settings.evaluationResults === undefined
      ? null
      : createEvaluationResults({
          endpoint: settings.evaluationResults.endpoint,
          headers: headersOf(settings.evaluationResults.headers),
          failed: (error) => logger.warn({ problem: error.message }, 'scores could not be sent to their traces'),
        })
  let sending: Promise<void> = Promise.resolve()

  function opened(): OtlpPush | null {
    if (push !== null || settings.otlp === undefined) return push
    const { endpoint, intervalSeconds, headers } = settings.otlp
    push = startOtlpPush({
      endpoint,
      intervalSeconds,
      headers: headersOf(headers),
      instance,
      read,
      failed: (error) => logger.warn({ problem: error.message }, 'the metrics could not be pushed'),
    })
    return push
  }

  return {
    start() {
      opened()
    },
    async publish(now) {
      try {
        await opened()?.flush()
      } catch (cause) {
        throw notPublished(settings.otlp?.endpoint ?? '', cause)
      } finally {
        await webhooks.deliver(now)
        await sending
      }
    },
    slotDone(items) {
      if (results === null) return
      const evaluated = items.map(evaluatedItem)
      sending = sending.then(() => results.send(evaluated))
    },
    async stop() {
      await sending
      await results?.stop()
      await push?.stop()
      push = null
    },
  }
}

function evaluatedItem({ call, scores }: ScoredCall): EvaluatedItem {
  const { agent, traceId, spanId, responseId, startedAt } = call
  return { agent, traceId, spanId, responseId, at: startedAt, scores }
}

function headersOf(headers: Readonly<Record<string, SecretSettings>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, secret]) => [name, secretText(secret, `the header ${name}`)]),
  )
}

function notPublished(endpoint: string, cause: unknown): TidemarkError {
  return new TidemarkError(
    'publish_failed',
    `The OTLP receiver at ${endpoint} took no metrics (${cause instanceof Error ? cause.message : String(cause)}).`,
    'Check publish.otlp.endpoint and its headers; the results are stored, and the next run publishes them again.',
    { cause },
  )
}
