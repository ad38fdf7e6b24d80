import type { Configuration } from '../config.ts'
import { settingsOf } from '../config.ts'
import type { Escalation } from '../domain/escalation.ts'
import { TidemarkError, type ErrorCode } from '../domain/errors.ts'
import type { Rejection, RejectionReason, TelemetryBatch } from '../domain/records.ts'
import { CONTENT_TYPE, otlpEncoding } from '../ingest/content-type.ts'
import { decodeTraces } from '../ingest/decode-traces.ts'
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from '../ingest/limits.ts'
import { encodePartialSuccess, summariseRejections } from '../ingest/partial-success.ts'
import { readEscalation } from '../ingest/read-escalation.ts'
import { readSpans, type ReadSpans } from '../ingest/read-spans.ts'
import { agentsSeen } from '../store/agents.ts'
import { guardStore, type StoreDatabase } from '../store/open-store.ts'
import { insertReviewItem } from '../store/reviews.ts'
import { insertTelemetry } from '../store/insert-telemetry.ts'

const DAY = 86_400_000
const MINUTE = 60_000

/** What a sender gives: the body as it came, with its two headers. */
export type TracesBody = { readonly body: Uint8Array; readonly contentType: string; readonly contentEncoding: string }

/** Counts since the process started, for the evaluator's own metrics. */
export type IngestCounts = {
  spans(): { agent: string; outcome: string; count: number }[]
  rejected(): { agent: string; reason: RejectionReason; count: number }[]
}

export type Ingest = {
  readonly counts: IngestCounts
  traces(request: TracesBody, mayWrite: (agent: string) => boolean): Promise<{ contentType: string; body: Uint8Array }>
  /** Returns how many records of each agent were new. */
  records(batch: TelemetryBatch): Promise<ReadonlyMap<string, number>>
  countRefusedBody(error: unknown): void
  /** Why a record may not be imported, with the value; undefined where it may. */
  refusalOf(agent: string, at: number): string | undefined
  escalation(body: unknown, mayWrite: (agent: string) => boolean): Promise<{ id: string; isNew: boolean }>
}

/** The reason under which the error of a whole body is counted. */
const REFUSED_BODY: Readonly<Partial<Record<ErrorCode, RejectionReason>>> = {
  body_malformed: 'malformed',
  body_too_large: 'body_too_large',
  content_type_unsupported: 'unsupported',
  content_encoding_unsupported: 'unsupported',
}

/** The way of telemetry into the store; answers only after the commit. */
export async function createIngest({
  db,
  config,
  clock,
}: {
  db: StoreDatabase
  config: Configuration
  clock: () => number
}): Promise<Ingest> {
  const limits: IngestLimits = {
    ...DEFAULT_INGEST_LIMITS,
    bodyBytes: config.limits.bodyBytes,
    inflatedBytes: config.limits.inflatedBytes,
  }
  const admitted = new Set((await guardStore(() => agentsSeen(db))).map(({ name }) => name))
  const spans = counter<'stored' | 'duplicate' | 'ignored' | 'rejected'>()
  const rejected = counter<RejectionReason>()

  function standing(agent: string): 'known' | 'unknown' | 'too_many' {
    if (settingsOf(config, agent) === undefined) return 'unknown'
    return admitted.has(agent) || admitted.size < config.limits.agents ? 'known' : 'too_many'
  }

  /** Names that are new in one request count at once, so that no request can bring more than the limit leaves. */
  function standingWithin(newNames: Set<string>): (agent: string) => 'known' | 'unknown' | 'too_many' {
    return (agent) => {
      if (settingsOf(config, agent) === undefined) return 'unknown'
      if (admitted.has(agent) || newNames.has(agent)) return 'known'
      if (admitted.size + newNames.size >= config.limits.agents) return 'too_many'
      newNames.add(agent)
      return 'known'
    }
  }

  async function records(batch: TelemetryBatch): Promise<ReadonlyMap<string, number>> {
    const inserted = await guardStore(() => insertTelemetry(db, batch, clock()))
    for (const agent of inserted.keys()) admitted.add(agent)
    return inserted
  }

  return {
    counts: {
      spans: () => spans.list().map(({ agent, key, count }) => ({ agent, outcome: key, count })),
      rejected: () => rejected.list().map(({ agent, key, count }) => ({ agent, reason: key, count })),
    },
    records,
    refusalOf(agent, at) {
      const where = standing(agent)
      if (where === 'unknown') return `agent ${agent} is not in the configuration`
      if (where === 'too_many') return `agent ${agent} would exceed limits.agents (${config.limits.agents})`
      const time = new Date(at).toISOString()
      if (at < clock() - config.retentionDays * DAY)
        return `${time} is older than retentionDays (${config.retentionDays})`
      if (at > clock() + config.limits.futureSkewMinutes * MINUTE) return `${time} is in the future`
      return undefined
    },
    countRefusedBody(error) {
      const reason = error instanceof TidemarkError ? REFUSED_BODY[error.code] : undefined
      if (reason !== undefined) rejected.add('', reason, 1)
    },
    async traces({ body, contentType, contentEncoding }, mayWrite) {
      const read = readSpans(decodeTraces(body, { contentType, contentEncoding }, limits), {
        now: clock(),
        retentionMilliseconds: config.retentionDays * DAY,
        futureSkewMilliseconds: config.limits.futureSkewMinutes * MINUTE,
        knownAgents: standingWithin(new Set()),
        limits,
      })
      const { allowed, refused } = splitByRight(read.batch, mayWrite)
      const rejections = [...read.rejections, ...refused]
      const sent = agentCounts(allowed)
      const inserted = sent.size === 0 ? new Map<string, number>() : await records(allowed)
      for (const [agent, count] of sent) {
        const fresh = inserted.get(agent) ?? 0
        spans.add(agent, 'stored', fresh)
        if (count > fresh) spans.add(agent, 'duplicate', count - fresh)
      }
      if (read.ignored > 0) spans.add('', 'ignored', read.ignored)
      for (const { agent, reason } of rejections) {
        // a sender can invent any number of names: only those of known agents are counted apart
        const counted = standing(agent) === 'known' ? agent : ''
        spans.add(counted, 'rejected', 1)
        rejected.add(counted, reason, 1)
      }
      if (read.contentDropped > 0) rejected.add('', 'content_too_long', read.contentDropped)
      if (read.valuesDropped > 0) rejected.add('', 'wrong_type', read.valuesDropped)
      return {
        contentType: CONTENT_TYPE[otlpEncoding(contentType)],
        body: encodePartialSuccess(contentType, {
          rejectedSpans: rejections.length,
          errorMessage: [summariseRejections(rejections), ...warningsOf(read)].filter((text) => text !== '').join('\n'),
        }),
      }
    },
    async escalation(body, mayWrite) {
      const item = readEscalation(body)
      requireKnown(item, standing(item.agent))
      if (!mayWrite(item.agent))
        throw new TidemarkError(
          'unauthorized',
          `This token may not speak for agent ${item.agent}.`,
          'Use the token of that agent, or add the agent to the token in tokens.ingest.',
        )
      return { id: item.id, isNew: await guardStore(() => insertReviewItem(db, item, clock())) }
    },
  }
}

/** What was left out of spans that were stored; OTLP carries it as a warning. */
function warningsOf({ contentDropped, valuesDropped }: ReadSpans): string[] {
  const warnings: string[] = []
  if (contentDropped > 0)
    warnings.push(
      `${contentDropped} × content_too_long: messages over 64 KiB were left out. Send less content, or none.`,
    )
  if (valuesDropped > 0)
    warnings.push(`${valuesDropped} × wrong_type: attributes of another type than the convention's were left out.`)
  return warnings
}

function requireKnown({ agent }: Escalation, standing: 'known' | 'unknown' | 'too_many'): void {
  if (standing !== 'unknown') return
  throw new TidemarkError(
    'agent_unknown',
    `Agent ${agent} is not in the configuration.`,
    'Add it under agents: in tidemark.yaml, or an entry "*" for every agent.',
  )
}

function splitByRight(
  batch: TelemetryBatch,
  mayWrite: (agent: string) => boolean,
): { allowed: TelemetryBatch; refused: Rejection[] } {
  const refused: Rejection[] = []
  const keep = <Entry extends { readonly agent: string }>(entries: readonly Entry[]): Entry[] =>
    entries.filter(({ agent }) => {
      if (mayWrite(agent)) return true
      const message = `This token may not speak for agent ${agent}; use the token of that agent.`
      refused.push({ agent, reason: 'not_allowed', message })
      return false
    })
  const allowed = {
    calls: keep(batch.calls),
    validations: keep(batch.validations),
    decisions: keep(batch.decisions),
  }
  return { allowed, refused }
}

function agentCounts({ calls, validations, decisions }: TelemetryBatch): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { agent } of [...calls, ...validations, ...decisions]) counts.set(agent, (counts.get(agent) ?? 0) + 1)
  return counts
}

function counter<Key extends string>(): {
  add(agent: string, key: Key, count: number): void
  list(): { agent: string; key: Key; count: number }[]
} {
  const counts = new Map<string, Map<Key, number>>()
  return {
    add(agent, key, count) {
      const ofAgent = counts.get(agent) ?? new Map<Key, number>()
      counts.set(agent, ofAgent)
      ofAgent.set(key, (ofAgent.get(key) ?? 0) + count)
    },
    list: () => [...counts].flatMap(([agent, ofAgent]) => [...ofAgent].map(([key, count]) => ({ agent, key, count }))),
  }
}
