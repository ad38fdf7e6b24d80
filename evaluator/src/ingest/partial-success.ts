import protobuf from 'protobufjs/minimal.js'
import type { Rejection } from '../domain/records.ts'
import { otlpEncoding } from './content-type.ts'

export type PartialSuccess = { readonly rejectedSpans: number; readonly errorMessage: string }

/**
 * ExportTraceServiceResponse or ExportLogsServiceResponse in the encoding of the request. Nothing refused and nothing to say: the empty response
 * that OTLP asks for.
 * @throws {TidemarkError} `content_type_unsupported`
 */
export function encodePartialSuccess(
  contentType: string | null | undefined,
  { rejectedSpans, errorMessage }: PartialSuccess,
  signal: 'traces' | 'logs' = 'traces',
): Uint8Array {
  const name = signal === 'traces' ? 'rejectedSpans' : 'rejectedLogRecords'
  const isFullSuccess = rejectedSpans === 0 && errorMessage === ''
  if (otlpEncoding(contentType) === 'json') {
    const response = isFullSuccess ? {} : { partialSuccess: { [name]: String(rejectedSpans), errorMessage } }
    return new TextEncoder().encode(JSON.stringify(response))
  }
  const writer = protobuf.Writer.create()
  if (isFullSuccess) return writer.finish()
  // partial_success = 1 { rejected_spans = 1: int64, error_message = 2: string }
  writer.uint32(10).fork()
  writer.uint32(8).int64(rejectedSpans)
  writer.uint32(18).string(errorMessage)
  return writer.ldelim().finish()
}

/** One message for the sender: how many spans per reason, each with its first case; empty where nothing was refused. */
export function summariseRejections(rejections: readonly Rejection[]): string {
  const byReason = Map.groupBy(rejections, ({ reason }) => reason)
  return [...byReason]
    .map(([reason, refused]) => `${refused.length} × ${reason}: ${refused[0]?.message ?? ''}`)
    .join('\n')
}
