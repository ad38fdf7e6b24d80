import { TIDEMARK } from '@tidemark/instrumentation/semconv'
import type { TargetRequest } from './target.ts'

/** What a target's process is told, so that the spans of the agent inside it never count as production. */
export function targetEnvironment(origin: TargetRequest['origin']): Readonly<Record<string, string>> {
  return { TIDEMARK_ORIGIN: origin, BAGGAGE: `${TIDEMARK.origin}=${origin}` }
}
