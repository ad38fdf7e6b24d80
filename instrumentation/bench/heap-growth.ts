import type { BackendUrls } from './backend.ts'
import type { VariantReport } from './report.ts'
import { startVariant } from './variant-child.ts'
import type { HeapCost } from './variant-process.ts'

/** Many calls while the collector refuses connections, or takes them and never answers; a process of its own each. */
export async function measureHeap(
  name: string,
  calls: number,
  { provider, collector, hanging, refused }: BackendUrls,
  folder: string | undefined,
): Promise<Pick<VariantReport, 'heapGrowthBytes' | 'heapCalls' | 'latencyMicros' | 'droppedSpans'>> {
  const costs: Record<string, HeapCost> = {}
  for (const [state, url] of Object.entries({ healthy: `${collector}/heap`, refused, hanging })) {
    process.stderr.write(`\rheap of ${name}: ${state}          `)
    const child = startVariant({ name, provider, collector: url, folder })
    try {
      // the healthy one is there for its latency only
      const asked = state === 'healthy' ? Math.min(calls, HEALTHY_CALLS) : calls
      costs[state] = await child.ask<HeapCost>('heap', { calls: asked })
    } finally {
      await child.stop()
    }
  }
  const latency = (state: string): number => Math.round(costs[state]?.medianMicros ?? 0)
  const [refusedDrops, hangingDrops] = [costs['refused']?.droppedSpans, costs['hanging']?.droppedSpans]
  return {
    heapCalls: calls,
    ...(refusedDrops === undefined || hangingDrops === undefined
      ? {}
      : { droppedSpans: { refused: refusedDrops, hanging: hangingDrops } }),
    heapGrowthBytes: {
      refused: costs['refused']?.heapGrowthBytes ?? Number.NaN,
      hanging: costs['hanging']?.heapGrowthBytes ?? Number.NaN,
    },
    latencyMicros: { healthy: latency('healthy'), refused: latency('refused'), hanging: latency('hanging') },
  }
}
const HEALTHY_CALLS = 20_000
