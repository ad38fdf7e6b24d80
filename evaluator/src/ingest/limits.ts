/** How much one request may hold. Each refusal names the limit that it met. */
export type IngestLimits = {
  /** Bytes on the wire, compressed or not. */
  readonly bodyBytes: number
  /** Bytes after decompression. */
  readonly inflatedBytes: number
  readonly spansPerRequest: number
  /** UTF-8 bytes of one content attribute (input or output messages); longer content is dropped, the call is kept. */
  readonly contentBytes: number
  /** UTF-8 bytes of any other attribute that is read; a longer one refuses the span. */
  readonly attributeBytes: number
}

export const DEFAULT_INGEST_LIMITS: IngestLimits = {
  bodyBytes: 16 * 1024 * 1024,
  inflatedBytes: 64 * 1024 * 1024,
  spansPerRequest: 20_000,
  contentBytes: 64 * 1024,
  attributeBytes: 4 * 1024,
}
