import { settingsOf, type AgentSettings, type Configuration } from '../config.ts'
import type { AnnouncedChange, EventBatch, ExternalScore } from '../domain/signals.ts'
import type { Rejection, RejectionReason, TelemetryBatch } from '../domain/records.ts'
import { TidemarkError, type ErrorCode } from '../domain/errors.ts'
import { keptContent, keptEscalation } from '../ingest/content-policy.ts'
import { CONTENT_TYPE, otlpEncoding } from '../ingest/content-type.ts'
import type { DecodedSpan } from '../ingest/decoded-traces.ts'
import { decodeLogs, decodeTraces } from '../ingest/decode-traces.ts'
import { DEFAULT_INGEST_LIMITS, type IngestLimits } from '../ingest/limits.ts'
import { encodePartialSuccess, summariseRejections } from '../ingest/partial-success.ts'
import { rateBudget, type RateBudget } from '../ingest/rate-budget.ts'
import { readChange } from '../ingest/read-change.ts'
import { readEscalation } from '../ingest/read-escalation.ts'
import { readEvents } from '../ingest/read-events.ts'
import { readScores } from '../ingest/read-score.ts'
import { readSpans, type ReadSpans, type ReadSpansOptions } from '../ingest/read-spans.ts'
import { withOutputForm } from '../scoring/output-form.ts'
import { agentsSeen } from '../store/agents.ts'
import { insertTelemetry } from '../store/insert-telemetry.ts'
import type { StoreDatabase } from '../store/open-store.ts'
import { insertReviewItem } from '../store/reviews.ts'
import { insertAnnouncedChange, insertEvents } from '../store/signals.ts'
import { agentAdmission } from './agent-admission.ts'
import { agentCounter } from './agent-counter.ts'
import { rankAgain } from './told-changes.ts'
import { lateBefore } from './late-spans.ts'

const DAY = 86_400_000
const MINUTE = 60_000

/** What a sender gives: the body as it came, with its two headers. */
export type OtlpBody = { readonly body: Uint8Array; readonly contentType: string; readonly contentEncoding: string }
export type OtlpAnswer = { readonly contentType: string; readonly body: Uint8Array }
type MayWrite = (agent: string) => boolean

/** Counts since the process started, for the evaluator's own metrics. */
export type IngestCounts = {
  spans(): { agent: string; outcome: string; count: number }[]
  rejected(): { agent: string; reason: RejectionReason; count: number }[]
}

export type Ingest = {
  readonly counts: IngestCounts
  traces(request: OtlpBody, mayWrite: MayWrite): Promise<OtlpAnswer>
  logs(request: OtlpBody, mayWrite: MayWrite): Promise<OtlpAnswer>
  /** Returns how many records of each agent were new. */
  records(batch: TelemetryBatch): Promise<ReadonlyMap<string, number>>
  /** Spans and scores of another tool's export, all of one agent; what is late there is not counted as late. */
  exported(agent: string, spans: readonly DecodedSpan[], scores: readonly ExternalScore[]): Promise<ExportedResult>
  countRefusedBody(error: unknown): void
  /** Why a record may not be imported, with the value; undefined where it may. NaN: asks for the agent alone. */
  refusalOf(agent: string, at: number): string | undefined
  escalation(body: unknown, mayWrite: MayWrite): Promise<{ id: string; isNew: boolean }>
  /** Returns how many of the scores were new. @throws {TidemarkError} `score_invalid`, `agent_unknown`, `unauthorized` */
  scores(body: unknown, mayWrite: MayWrite): Promise<{ accepted: number; added: number }>
  /** @throws {TidemarkError} `change_invalid`, `agent_unknown`, `unauthorized` */
  change(body: unknown, mayWrite: MayWrite): Promise<{ id: string; agent: string; isNew: boolean }>
}

export type ExportedResult = {
  readonly inserted: number
  readonly ignored: number
  readonly rejections: readonly Rejection[]
}

/** The reason under which the error of a whole body is counted. */
const REFUSED_BODY: Readonly<Partial<Record<ErrorCode, RejectionReason>>> = {
  body_malformed: 'malformed',
  body_too_large: 'body_too_large',
  content_type_unsupported: 'unsupported',
  content_encoding_unsupported: 'unsupported',
  ingest_busy: 'busy',
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
  const admission = agentAdmission(
    config,
    (await agentsSeen(db)).map(({ name }) => name),
  )
  const spans = agentCounter<'stored' | 'late' | 'duplicate' | 'ignored' | 'rejected'>()
  const rejected = agentCounter<RejectionReason>()
  const rate = rateBudget(config.limits.spansPerMinute)
  const rateOf = new Map<string, RateBudget>()
  const boundaryOf = lateBefore()

  const reading = (): ReadSpansOptions => ({
    now: clock(),
    retentionMilliseconds: config.retentionDays * DAY,
    futureSkewMilliseconds: config.limits.futureSkewMinutes * MINUTE,
    knownAgents: admission.standingWithinRequest(),
    limits,
  })

  async function records(batch: TelemetryBatch): Promise<ReadonlyMap<string, number>> {
    const kept = { ...batch, calls: batch.calls.map((call) => keptContent(withOutputForm(call), policyOf(call.agent))) }
    const inserted = await insertTelemetry(db, kept, clock())
    admission.admit(inserted.keys())
    return inserted
  }

  function policyOf(agent: string): AgentSettings['content']['accept'] {
    return settingsOf(config, agent)?.content.accept ?? 'none'
  }

  /** All or nothing, so that the sender's own queue keeps what is too much. */
  function requireRate(count: number): void {
    if (count === 0 || rate.take(count, clock())) return
    throw new TidemarkError(
      'ingest_busy',
      `${count} more would exceed limits.spansPerMinute (${config.limits.spansPerMinute}); there is room in ${rate.waitSeconds(count, clock())} s.`,
      'Send the request again after Retry-After; sample in the Collector, or raise the limit in tidemark.yaml.',
    )
  }

  /** What this caller may send of each agent, within the agent's rate; the rest with its reason. */
  function admitted<Entry extends { readonly agent: string }>(
    entries: readonly Entry[],
    mayWrite: MayWrite,
    refused: Rejection[],
  ): Entry[] {
    const now = clock()
    return entries.filter(({ agent }) => {
      if (!mayWrite(agent)) {
        const message = `This token may not speak for agent ${agent}; use the token of that agent.`
        refused.push({ agent, reason: 'not_allowed', message })
        return false
      }
      const budget = rateOf.get(agent) ?? rateBudget(config.limits.spansPerMinutePerAgent)
      rateOf.set(agent, budget)
      if (budget.take(1, now)) return true
      const message = `Agent ${agent} sends more than limits.spansPerMinutePerAgent (${config.limits.spansPerMinutePerAgent}); sample in the Collector, or raise the limit in tidemark.yaml.`
      refused.push({ agent, reason: 'rate_limited', message })
      return false
    })
  }

  function countRejections(rejections: readonly Rejection[]): void {
    for (const { agent, reason } of rejections) {
      // a sender can invent any number of names: only those of known agents are counted apart
      const counted = admission.standing(agent) === 'known' ? agent : ''
      spans.add(counted, 'rejected', 1)
      rejected.add(counted, reason, 1)
    }
  }

  /** Calls whose slot has been run, or is being run, are kept and counted: no published verdict changes. */
  function lateCounts({ calls }: TelemetryBatch): Map<string, number> {
    const counts = new Map<string, number>()
    for (const { agent, startedAt } of calls) {
      const settings = settingsOf(config, agent)
      if (settings === undefined || startedAt >= boundaryOf(agent, settings, clock())) continue
      counts.set(agent, (counts.get(agent) ?? 0) + 1)
    }
    return counts
  }

  function requireAgent(agent: string, mayWrite: MayWrite): void {
    if (admission.standing(agent) === 'unknown')
      throw new TidemarkError(
        'agent_unknown',
        `Agent ${agent} is not in the configuration.`,
        'Add it under agents: in tidemark.yaml, or an entry "*" for every agent.',
      )
    if (mayWrite(agent)) return
    throw new TidemarkError(
      'unauthorized',
      `This token may not speak for agent ${agent}.`,
      'Use the token of that agent, or add the agent to the token in tokens.ingest.',
    )
  }

  return {
    counts: {
      spans: () => spans.list().map(({ agent, key, count }) => ({ agent, outcome: key, count })),
      rejected: () => rejected.list().map(({ agent, key, count }) => ({ agent, reason: key, count })),
    },
    records,
    async exported(agent, spans, scores) {
      const read = readSpans({ resourceSpans: [{ resource: new Map([['service.name', agent]]), spans }] }, reading())
      let inserted = 0
      for (const rows of (await records(read.batch)).values()) inserted += rows
      if (scores.length > 0) inserted += await insertEvents(db, { scores, contents: [] }, clock())
      return { inserted, ignored: read.ignored, rejections: read.rejections }
    },
    refusalOf(agent, at) {
      const where = admission.standing(agent)
      if (where === 'unknown') return `agent ${agent} is not in the configuration`
      if (where === 'too_many') return `agent ${agent} would exceed limits.agents (${config.limits.agents})`
      if (Number.isNaN(at)) return undefined
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
      const read = readSpans(decodeTraces(body, { contentType, contentEncoding }, limits), reading())
      const { calls, validations, decisions, steps = [] } = read.batch
      requireRate(calls.length + validations.length + decisions.length + steps.length)
      const refused: Rejection[] = []
      const allowed: TelemetryBatch = {
        calls: admitted(read.batch.calls, mayWrite, refused),
        validations: admitted(read.batch.validations, mayWrite, refused),
        decisions: admitted(read.batch.decisions, mayWrite, refused),
        ...(read.batch.steps === undefined ? {} : { steps: admitted(read.batch.steps, mayWrite, refused) }),
      }
      const rejections = [...read.rejections, ...refused]
      const sent = agentCounts(allowed)
      const late = lateCounts(allowed)
      const isEmpty = sent.size === 0 && allowed.steps === undefined
      const inserted = isEmpty ? new Map<string, number>() : await records(allowed)
      for (const [agent, count] of sent) {
        const fresh = inserted.get(agent) ?? 0
        const tooLate = Math.min(fresh, late.get(agent) ?? 0)
        spans.add(agent, 'stored', fresh - tooLate)
        if (tooLate > 0) spans.add(agent, 'late', tooLate)
        if (count > fresh) spans.add(agent, 'duplicate', count - fresh)
      }
      if (read.ignored > 0) spans.add('', 'ignored', read.ignored)
      countRejections(rejections)
      if (read.contentDropped > 0) rejected.add('', 'content_too_long', read.contentDropped)
      if (read.valuesDropped > 0) rejected.add('', 'wrong_type', read.valuesDropped)
      return answer(contentType, { rejections, warnings: warningsOf(read), signal: 'traces' })
    },
    async logs({ body, contentType, contentEncoding }, mayWrite) {
      const read = readEvents(decodeLogs(body, { contentType, contentEncoding }, limits), reading())
      requireRate(read.batch.scores.length + read.batch.contents.length)
      const refused: Rejection[] = []
      const allowed: EventBatch = {
        scores: admitted(read.batch.scores, mayWrite, refused),
        contents: admitted(read.batch.contents, mayWrite, refused)
          .map((content) => keptContent(content, policyOf(content.agent)))
          .filter(({ input, output }) => input !== null || output !== null),
      }
      const rejections = [...read.rejections, ...refused]
      await insertEvents(db, allowed, clock())
      countRejections(rejections)
      if (read.contentDropped > 0) rejected.add('', 'content_too_long', read.contentDropped)
      return answer(contentType, { rejections, warnings: warningsOf({ ...read, valuesDropped: 0 }), signal: 'logs' })
    },
    async escalation(body, mayWrite) {
      const item = readEscalation(body)
      requireAgent(item.agent, mayWrite)
      const kept = keptEscalation(item, policyOf(item.agent))
      return { id: item.id, isNew: await insertReviewItem(db, kept, clock()) }
    },
    async scores(body, mayWrite) {
      const scores: readonly ExternalScore[] = readScores(body, clock())
      for (const { agent } of scores) requireAgent(agent, mayWrite)
      requireRate(scores.length)
      const added = await insertEvents(db, { scores, contents: [] }, clock())
      return { accepted: scores.length, added }
    },
    async change(body, mayWrite) {
      const change: AnnouncedChange = readChange(body, clock())
      requireAgent(change.agent, mayWrite)
      const isNew = await insertAnnouncedChange(db, change, clock())
      const settings = settingsOf(config, change.agent)
      // also for one that is there: the answer to it may have been lost before its ranking was done
      if (settings !== undefined) await rankAgain(db, change.agent, settings, change.at)
      return { id: change.id, agent: change.agent, isNew }
    },
  }
}

function answer(
  contentType: string,
  {
    rejections,
    warnings,
    signal,
  }: { rejections: readonly Rejection[]; warnings: readonly string[]; signal: 'traces' | 'logs' },
): OtlpAnswer {
  const errorMessage = [summariseRejections(rejections), ...warnings].filter((text) => text !== '').join('\n')
  return {
    contentType: CONTENT_TYPE[otlpEncoding(contentType)],
    body: encodePartialSuccess(contentType, { rejectedSpans: rejections.length, errorMessage }, signal),
  }
}

/** What was left out of spans that were stored; OTLP carries it as a warning. */
function warningsOf({ contentDropped, valuesDropped }: Pick<ReadSpans, 'contentDropped' | 'valuesDropped'>): string[] {
  const warnings: string[] = []
  if (contentDropped > 0)
    warnings.push(
      `${contentDropped} × content_too_long: messages over 64 KiB were left out. Send less content, or none.`,
    )
  if (valuesDropped > 0)
    warnings.push(`${valuesDropped} × wrong_type: attributes of another type than the convention's were left out.`)
  return warnings
}

function agentCounts({ calls, validations, decisions }: TelemetryBatch): Map<string, number> {
  const counts = new Map<string, number>()
  for (const { agent } of [...calls, ...validations, ...decisions]) counts.set(agent, (counts.get(agent) ?? 0) + 1)
  return counts
}
