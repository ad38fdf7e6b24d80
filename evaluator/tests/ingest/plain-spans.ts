import { createHash } from 'node:crypto'

/** So many calls of an agent as OTLP/HTTP JSON; `key` makes their ids. */
export function spansRequest(
  agent: string,
  { key, count, at, padding = 0 }: { key: string; count: number; at: number; padding?: number },
): Uint8Array<ArrayBuffer> {
  const spans = Array.from({ length: count }, (_, index) => {
    return {
      ...idsOf(key, index),
      name: 'chat',
      startTimeUnixNano: `${at}000000`,
      endTimeUnixNano: `${at + 500}000000`,
      attributes: [
        { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
        { key: 'unread', value: { stringValue: 'x'.repeat(padding) } },
      ],
    }
  })
  const attributes = [{ key: 'service.name', value: { stringValue: agent } }]
  return Uint8Array.from(
    Buffer.from(JSON.stringify({ resourceSpans: [{ resource: { attributes }, scopeSpans: [{ spans }] }] })),
  )
}

export function idsOf(key: string, index: number): { traceId: string; spanId: string } {
  const digest = createHash('sha256').update(`${key} ${index}`).digest('hex')
  return { traceId: digest.slice(0, 32), spanId: digest.slice(32, 48) }
}
