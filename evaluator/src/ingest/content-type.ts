import { TidemarkError } from '../domain/errors.ts'

export type OtlpEncoding = 'json' | 'protobuf'

export const CONTENT_TYPE = { json: 'application/json', protobuf: 'application/x-protobuf' } as const

/**
 * The encoding that a `Content-Type` header names; parameters are allowed, the character set has to be UTF-8.
 * @throws {TidemarkError} `content_type_unsupported`
 */
export function otlpEncoding(contentType: string | null | undefined): OtlpEncoding {
  const [name = '', ...parameters] = (contentType ?? '').toLowerCase().split(';')
  const charset = parameters.map((parameter) => /^\s*charset\s*=\s*"?([^"\s]*)/u.exec(parameter)?.[1]).find(Boolean)
  if (charset === undefined || charset === 'utf-8' || charset === 'utf8') {
    if (name.trim() === CONTENT_TYPE.json) return 'json'
    if (name.trim() === CONTENT_TYPE.protobuf) return 'protobuf'
  }
  throw new TidemarkError(
    'content_type_unsupported',
    contentType
      ? `The content type ${JSON.stringify(contentType.slice(0, 100))} is not OTLP/HTTP.`
      : 'The request has no content type.',
    `Send ${CONTENT_TYPE.protobuf}, or ${CONTENT_TYPE.json} in UTF-8; OTLP over gRPC is not spoken here (protocol http/protobuf in the exporter).`,
  )
}
