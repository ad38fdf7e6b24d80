import type { AnswerLabels } from './call-labels.ts'
import type { PriceFunction } from './options.ts'
import type { ResponseFacts } from './response-facts.ts'
import { ATTRIBUTE } from './semconv.ts'
import type { Telemetry } from './telemetry.ts'

interface CallPoints {
  readonly provider: string
  readonly labels: AnswerLabels
  readonly facts: ResponseFacts
  readonly seconds: number
  readonly errorType: string | undefined
}

/** The points of one call: its duration, its tokens, its price. */
export function recordMetrics(
  { telemetry, price }: { readonly telemetry: Telemetry; readonly price: PriceFunction | undefined },
  { provider, labels, facts: { tokens, model }, seconds, errorType }: CallPoints,
): void {
  const instruments = telemetry.instruments()
  instruments.duration.record(
    seconds,
    errorType === undefined ? labels.duration : { ...labels.duration, [ATTRIBUTE.errorType]: errorType },
  )
  if (tokens.input !== undefined) instruments.tokenUsage.record(tokens.input, labels.inputTokens)
  if (tokens.output !== undefined) instruments.tokenUsage.record(tokens.output, labels.outputTokens)
  if (price === undefined || model === undefined || tokens.input === undefined) return
  const dollars = price({
    provider,
    model,
    inputTokens: tokens.input,
    outputTokens: tokens.output ?? 0,
    cacheReadInputTokens: tokens.cacheReadInput ?? 0,
    reasoningOutputTokens: tokens.reasoningOutput ?? 0,
  })
  if (dollars === undefined) instruments.costUnknown.add(1, { [ATTRIBUTE.agentName]: telemetry.agentName })
  else {
    instruments.cost.add(dollars, {
      [ATTRIBUTE.agentName]: telemetry.agentName,
      [ATTRIBUTE.providerName]: provider,
      [ATTRIBUTE.responseModel]: model,
    })
  }
}
