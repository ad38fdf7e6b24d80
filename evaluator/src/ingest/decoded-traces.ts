/**
 * A traces request after decoding, the same from JSON and protobuf: OTLP's structure, reduced to what is read.
 * Attributes that nobody reads are not there.
 */
export type DecodedTraces = { readonly resourceSpans: readonly DecodedResourceSpans[] }

export type DecodedResourceSpans = { readonly resource: Attributes; readonly spans: readonly DecodedSpan[] }

export type DecodedSpan = {
  /** Lower-case hex as sent; lengths are not checked here. Empty: none. */
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string
  readonly name: string
  /** Nanoseconds since the epoch, 0 where the sender gave none. */
  readonly startNanoseconds: bigint
  readonly endNanoseconds: bigint
  readonly hasErrorStatus: boolean
  readonly attributes: Attributes
  /** What breaks OTLP in this span, as a sentence; the span is refused, its neighbours are not. */
  readonly flaw: string | null
}

export type Attributes = ReadonlyMap<string, AttributeValue>

/** Integers beyond 2^53 lose precision: no attribute that is read needs them. A list or a map stands for itself. */
export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | readonly AttributeValue[]
  | { readonly [key: string]: AttributeValue }

/** What lies deeper inside a value than this is null. */
export const MAXIMUM_VALUE_DEPTH = 32

/** The value of the first name that is present. */
export function firstOf(attributes: Attributes, names: readonly string[]): AttributeValue | undefined {
  for (const name of names) {
    const value = attributes.get(name)
    if (value !== undefined) return value
  }
  return undefined
}
