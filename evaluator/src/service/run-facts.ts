import { calcPrice } from '@pydantic/genai-prices'
import { genaiPrices } from '@tidemark/instrumentation'
import type { CallRecord, SpanId } from '../domain/records.ts'
import type { EvaluatedCall } from '../scoring/evaluated-call.ts'
import { runFacts } from '../scoring/run-facts.ts'
import type { RunFacts } from '../scoring/scorer.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { recordsOfTraces } from '../store/traces.ts'

/** The runs that these calls belong to, by their trace. */
export async function runFactsOf(
  db: StoreDatabase,
  agent: string,
  of: readonly EvaluatedCall[],
): Promise<ReadonlyMap<string, RunFacts>> {
  const traces = [...new Set(of.map(({ call }) => call.traceId))]
  const records = await recordsOfTraces(db, agent, traces)
  const calls = byTrace(records.calls)
  const steps = byTrace(records.steps)
  const decisions = byTrace(records.decisions)
  return new Map(
    traces.map((trace) => [
      trace,
      runFacts({
        calls: calls.get(trace) ?? [],
        steps: steps.get(trace) ?? [],
        decisions: decisions.get(trace) ?? [],
        price: priceOfCall,
      }),
    ]),
  )
}

function byTrace<Entry extends SpanId>(entries: readonly Entry[]): Map<string, Entry[]> {
  return Map.groupBy(entries, ({ traceId }) => traceId)
}

const price = genaiPrices(calcPrice)

/** By the price list; undefined for models it does not know and calls that do not say their tokens. */
function priceOfCall(call: CallRecord): number | undefined {
  const model = call.responseModel ?? call.requestModel
  if (model === null || call.inputTokens === null || call.outputTokens === null) return undefined
  return price({
    provider: call.provider ?? '',
    model,
    inputTokens: call.inputTokens,
    outputTokens: call.outputTokens,
    cacheReadInputTokens: 0,
    reasoningOutputTokens: 0,
  })
}
