import { context, metrics, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type OpenAI from 'openai'
import type { ChatCompletion, ChatCompletionChunk } from 'openai/resources/chat/completions'
import { ATTRIBUTE, CLIENT_METRIC, DURATION_BUCKETS, TOKEN_BUCKETS } from '../src/semconv.ts'
import type { Create } from './workload.ts'

/**
 * The smallest wrapper a careful hand writes: one span, the duration and the token counts, errors and abandoned streams
 * included. Nothing about attempts, hashes or the form of the output. What costs more than this has to say what for.
 */
export function createFloor(client: OpenAI): Create {
  const { hostname, port } = new URL(client.baseURL)
  const tracer = trace.getTracer('floor')
  const meter = metrics.getMeter('floor')
  const duration = meter.createHistogram(CLIENT_METRIC.v1.duration, {
    unit: 's',
    advice: { explicitBucketBoundaries: [...DURATION_BUCKETS] },
  })
  const tokens = meter.createHistogram(CLIENT_METRIC.v1.tokenUsage, {
    unit: '{token}',
    advice: { explicitBucketBoundaries: [...TOKEN_BUCKETS] },
  })

  return async (body) => {
    const attributes = {
      [ATTRIBUTE.operationName]: 'chat',
      [ATTRIBUTE.providerName]: 'openai',
      [ATTRIBUTE.requestModel]: body.model,
      [ATTRIBUTE.serverAddress]: hostname,
      [ATTRIBUTE.serverPort]: Number(port),
    }
    const span = tracer.startSpan(`chat ${body.model}`, { kind: SpanKind.CLIENT, attributes })
    const startedAt = performance.now()
    const end = (answer: ChatCompletion | ChatCompletionChunk | undefined, reason?: string, error?: unknown): void => {
      const labels = { ...attributes, ...(answer === undefined ? {} : { [ATTRIBUTE.responseModel]: answer.model }) }
      const errorType = error instanceof Error ? error.name : undefined
      if (errorType !== undefined) {
        span.setAttribute(ATTRIBUTE.errorType, errorType)
        span.setStatus({ code: SpanStatusCode.ERROR })
      }
      const usage = answer?.usage
      if (answer !== undefined) {
        span.setAttributes({ [ATTRIBUTE.responseId]: answer.id, [ATTRIBUTE.responseModel]: answer.model })
      }
      if (reason !== undefined) span.setAttribute(ATTRIBUTE.finishReasons, [reason])
      if (usage) {
        span.setAttributes({
          [ATTRIBUTE.inputTokens]: usage.prompt_tokens,
          [ATTRIBUTE.outputTokens]: usage.completion_tokens,
        })
        tokens.record(usage.prompt_tokens, { ...labels, [ATTRIBUTE.tokenType]: 'input' })
        tokens.record(usage.completion_tokens, { ...labels, [ATTRIBUTE.tokenType]: 'output' })
      }
      duration.record(
        (performance.now() - startedAt) / 1000,
        errorType === undefined ? labels : { ...labels, [ATTRIBUTE.errorType]: errorType },
      )
      span.end()
    }
    try {
      const answer = await context.with(trace.setSpan(context.active(), span), () =>
        client.chat.completions.create(body),
      )
      if (!('choices' in answer)) return watched(answer, end)
      end(answer, answer.choices[0]?.finish_reason)
      return answer
    } catch (error) {
      end(undefined, undefined, error)
      throw error
    }
  }
}

async function* watched(
  stream: AsyncIterable<ChatCompletionChunk>,
  end: (last: ChatCompletionChunk | undefined, reason?: string, error?: unknown) => void,
): AsyncGenerator<ChatCompletionChunk> {
  let last: ChatCompletionChunk | undefined
  let reason: string | undefined
  let failure: unknown
  try {
    for await (const chunk of stream) {
      last = chunk
      reason = chunk.choices[0]?.finish_reason ?? reason
      yield chunk
    }
  } catch (error) {
    failure = error
    throw error
  } finally {
    end(last, reason, failure)
  }
}
