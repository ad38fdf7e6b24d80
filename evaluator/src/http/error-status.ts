import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { ErrorCode } from '../domain/errors.ts'

/** HTTP status of each error code. Codes that only a command can raise are defects when a request raises them. */
export const ERROR_STATUS: Readonly<Record<ErrorCode, ContentfulStatusCode>> = {
  config_invalid: 500,
  config_unreadable: 500,
  agent_unknown: 404,
  baseline_exists: 409,
  baseline_too_small: 409,
  window_empty: 404,
  window_invalid: 400,
  argument_invalid: 400,
  body_too_large: 413,
  body_malformed: 400,
  content_type_unsupported: 415,
  content_encoding_unsupported: 415,
  unauthorized: 401,
  route_not_found: 404,
  escalation_invalid: 422,
  score_invalid: 422,
  change_invalid: 422,
  ingest_busy: 429,
  import_invalid: 422,
  store_unavailable: 503,
  store_too_new: 503,
  store_not_empty: 500,
  publish_failed: 502,
  listen_failed: 500,
  public_without_tokens: 500,
  recorded_data_invalid: 500,
  rubric_invalid: 500,
  internal: 500,
}
