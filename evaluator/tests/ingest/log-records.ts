import { TraceFlags } from '@opentelemetry/api'
import { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'

type ReadableLogRecord = Parameters<typeof JsonLogsSerializer.serializeRequest>[0][number]

export interface LogRecord {
  readonly eventName: string
  /** Empty: the record was emitted outside of any span. */
  readonly traceId: string
  readonly spanId: string
  /** Epoch milliseconds. */
  readonly at: number
  readonly attributes: ReadableLogRecord['attributes']
}

/** A logs request of one agent in both encodings, as the real exporters serialise it. */
export function logsRequest(
  agent: string,
  records: readonly LogRecord[],
): Readonly<Record<'application/json' | 'application/x-protobuf', Uint8Array<ArrayBuffer>>> {
  const resource = resourceFromAttributes({ 'service.name': agent })
  const readable = records.map(({ eventName, traceId, spanId, at, attributes }): ReadableLogRecord => {
    const time: [number, number] = [Math.floor(at / 1000), (at % 1000) * 1e6]
    return {
      hrTime: time,
      hrTimeObserved: time,
      eventName,
      attributes,
      resource,
      instrumentationScope: { name: 'recorded' },
      droppedAttributesCount: 0,
      ...(traceId === '' ? {} : { spanContext: { traceId, spanId, traceFlags: TraceFlags.SAMPLED } }),
    }
  })
  const json = JsonLogsSerializer.serializeRequest(readable)
  const protobuf = ProtobufLogsSerializer.serializeRequest(readable)
  if (json === undefined || protobuf === undefined) throw new Error('the exporter serialised nothing')
  return { 'application/json': Uint8Array.from(json), 'application/x-protobuf': Uint8Array.from(protobuf) }
}
