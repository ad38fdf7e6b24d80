/** Spans of an export request of OTLP/HTTP, JSON or protobuf. */
export function countSpans(body: Buffer, contentType: string): number {
  if (contentType.includes('json')) return body.toString('latin1').split('"spanId":').length - 1
  return protobufSpans(body)
}

/** ExportTraceServiceRequest.resource_spans(1).scope_spans(2).spans(2): all length-delimited. */
function protobufSpans(body: Buffer): number {
  return fieldsOf(body, 1)
    .flatMap((resource) => fieldsOf(resource, 2))
    .flatMap((scope) => fieldsOf(scope, 2)).length
}

function fieldsOf(message: Buffer, wanted: number): readonly Buffer[] {
  const found: Buffer[] = []
  let position = 0
  const varint = (): number => {
    let value = 0
    for (let shift = 0; ; shift += 7) {
      const byte = message[position++] ?? 0
      value += (byte & 0x7f) * 2 ** shift
      if (byte < 0x80) return value
    }
  }
  while (position < message.length) {
    const tag = varint()
    const wire = tag & 7
    if (wire === 0) varint()
    else if (wire === 1) position += 8
    else if (wire === 5) position += 4
    else {
      const length = varint()
      if (tag >> 3 === wanted) found.push(message.subarray(position, position + length))
      position += length
    }
  }
  return found
}
