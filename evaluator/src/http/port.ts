import type { ExcludedWindow, ExclusionResult } from '../domain/excluded-window.ts'
import type { SentinelStatus } from '../domain/sentinel.ts'
import type { AuditEntry } from '../domain/audit.ts'
import type { Escalation } from '../domain/escalation.ts'
import type { BaselineSummary, ChangeEvent, Incident, PageLedger, VerdictRecord } from '../domain/verdict.ts'

/** What the HTTP layer needs of the service; the service implements it, the composition root joins the two. */
export type ServicePort = {
  /**
   * Takes one OTLP/HTTP traces request and answers after its records are committed.
   * `mayWrite` tells whether the caller may speak for an agent.
   * @throws {TidemarkError} `body_*`, `content_*`, `store_unavailable`
   */
  ingestTraces(request: OtlpRequest, mayWrite: (agent: string) => boolean): Promise<OtlpAnswer>
  /** The same for OTLP/HTTP logs: evaluation results and texts of calls. */
  ingestLogs(request: OtlpRequest, mayWrite: (agent: string) => boolean): Promise<OtlpAnswer>
  /** Counts a body that was refused before its spans were read, by the code of its error. */
  countRefusedBody(error: unknown): void
  /** Stores one escalation for review; the same id twice is one item. @throws {TidemarkError} `escalation_invalid`, `unauthorized` */
  acceptEscalation(body: unknown, mayWrite: (agent: string) => boolean): Promise<{ id: string; isNew: boolean }>
  /** Stores scores that others gave. @throws {TidemarkError} `score_invalid`, `agent_unknown`, `unauthorized` */
  acceptScores(body: unknown, mayWrite: (agent: string) => boolean): Promise<{ accepted: number; added: number }>
  /** Stores a change that no span shows. @throws {TidemarkError} `change_invalid`, `agent_unknown`, `unauthorized` */
  acceptChange(
    body: unknown,
    mayWrite: (agent: string) => boolean,
  ): Promise<{ id: string; agent: string; isNew: boolean }>
  listAgents(): Promise<readonly AgentOverview[]>
  /** The verdict of a slot, by default the newest. Undefined: the agent has none. */
  verdict(agent: string, slotAt?: number): Promise<VerdictRecord | undefined>
  /** Verdicts of the newest `limit` slots, oldest first. */
  verdicts(agent: string, limit: number): Promise<readonly VerdictRecord[]>
  /** Recorded changes of an agent since a time, oldest first. */
  changes(agent: string, since: number): Promise<readonly ChangeEvent[]>
  baselines(agent: string): Promise<readonly BaselineSummary[]>
  incidents(agent: string | undefined): Promise<readonly Incident[]>
  /**
   * `accepted` freezes a new baseline version from the calls since the onset.
   * @throws {TidemarkError} `argument_invalid` for an unknown incident or a step that its state does not allow,
   * `baseline_too_small` where there are fewer than 200 calls to accept
   */
  resolveIncident(id: string, action: IncidentAction, by: string): Promise<Incident>
  /** Every window that was ever taken out of the watch, by its start. */
  excludedWindows(agent: string): Promise<readonly ExcludedWindow[]>
  /**
   * Takes a window out of reference and history, and computes the slots from it on again.
   * @throws {TidemarkError} `agent_unknown`, `window_invalid`
   */
  excludeWindow(request: ExclusionRequest): Promise<ExclusionResult>
  /** A window counts again. @throws {TidemarkError} `argument_invalid`, `agent_unknown` */
  includeWindow(request: {
    readonly id: string
    readonly by: string
    readonly why: string | null
  }): Promise<ExclusionResult>
  /** Pages and would-be pages of the last 365 days. */
  ledger(agent: string): Promise<PageLedger>
  /** Runs the due slots of an agent now instead of at the next look. @throws {TidemarkError} `agent_unknown` */
  runAgent(agent: string): Promise<readonly VerdictRecord[]>
  /** Whether frozen inputs are replayed, and what the newest run says. @throws {TidemarkError} `agent_unknown` */
  sentinelStatus(agent: string): Promise<SentinelStatus>
  /** Escalated cases that are open, oldest first. */
  openReviews(agent: string, limit: number): Promise<readonly Escalation[]>
  /** What was done by whom, the newest first; of one agent, or of all. */
  auditLog(query: { readonly agent: string | undefined; readonly limit: number }): Promise<readonly AuditEntry[]>
  audit(entry: AuditEntry): Promise<void>
  metrics(): Promise<{ contentType: string; body: string }>
  /** Resolves when the store answers. @throws {TidemarkError} `store_unavailable` */
  ready(): Promise<void>
}

/** A window to be left out; times in epoch milliseconds. */
export type ExclusionRequest = Pick<ExcludedWindow, 'agent' | 'from' | 'to' | 'reason' | 'note'> & {
  readonly by: string
}

export const INCIDENT_ACTIONS = ['acknowledge', 'fixed', 'accepted', 'false_alarm'] as const
export type IncidentAction = (typeof INCIDENT_ACTIONS)[number]

export type OtlpAnswer = { readonly contentType: string; readonly body: Uint8Array }

export type OtlpRequest = {
  readonly body: Uint8Array
  readonly contentType: string
  readonly contentEncoding: string
}

export type AgentOverview = {
  readonly agent: string
  readonly lastSeenAt: number | null
  readonly calls: number
  readonly openReviewItems: number
  readonly verdict: VerdictRecord | null
}
