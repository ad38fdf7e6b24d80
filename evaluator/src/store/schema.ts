import type {
  ChangeKind,
  ExcludedWindowReason,
  IncidentState,
  Origin,
  OutputShape,
  Route,
  Severity,
  ValidationOutcome,
} from '@tidemark/instrumentation/semconv'
import type { Priority } from '../domain/escalation.ts'
import type { Selection } from '../domain/signals.ts'
import type { IncidentSuite } from '../domain/verdict.ts'

/**
 * Tables of the store, as the newest migration leaves them. Times are epoch milliseconds; JSON is kept as text, since
 * SQLite and PostgreSQL must hold the same bytes.
 */
export type Schema = {
  agent: AgentTable
  call_record: CallRecordTable
  validation_record: ValidationRecordTable
  decision_record: DecisionRecordTable
  step_record: StepRecordTable
  baseline: BaselineTable
  run_slot: RunSlotTable
  run: RunTable
  change_event: ChangeEventTable
  incident: IncidentTable
  review_item: ReviewItemTable
  judge_answer: JudgeAnswerTable
  judge_spend: JudgeSpendTable
  judge_anchor: JudgeAnchorTable
  webhook_delivery: WebhookDeliveryTable
  external_score: ExternalScoreTable
  call_content: CallContentTable
  announced_change: AnnouncedChangeTable
  sentinel_input: SentinelInputTable
  sentinel_run: SentinelRunTable
  sentinel_question: SentinelQuestionTable
  planned_change: PlannedChangeTable
  excluded_window: ExcludedWindowTable
  audit_entry: AuditEntryTable
}

/** Every table with the columns that order its rows; a table that is missing here does not compile. */
export const TABLE_KEYS = {
  agent: ['name'],
  call_record: ['trace_id', 'span_id'],
  validation_record: ['trace_id', 'span_id'],
  decision_record: ['trace_id', 'span_id'],
  step_record: ['trace_id', 'span_id'],
  baseline: ['id'],
  run_slot: ['agent', 'slot_at'],
  run: ['agent', 'slot_at'],
  change_event: ['agent', 'kind', 'slot_at', 'value'],
  incident: ['id'],
  review_item: ['id'],
  judge_answer: ['agent', 'version', 'record'],
  judge_spend: ['agent', 'judge', 'day'],
  judge_anchor: ['baseline', 'score', 'anchor'],
  webhook_delivery: ['id'],
  external_score: ['agent', 'id'],
  call_content: ['trace_id', 'span_id'],
  announced_change: ['agent', 'id'],
  sentinel_input: ['baseline', 'id'],
  sentinel_run: ['agent', 'slot_at'],
  sentinel_question: ['agent', 'slot_at', 'input'],
  planned_change: ['agent', 'id'],
  excluded_window: ['id'],
  audit_entry: ['id'],
} as const satisfies { readonly [Table in keyof Schema]: readonly (keyof Schema[Table])[] }

type AuditEntryTable = {
  id: string
  at: number
  who: string
  action: string
  agent: string | null
  detail: string
}

type AgentTable = { name: string; first_seen_at: number; last_seen_at: number; calls: number }

type CallRecordTable = {
  trace_id: string
  span_id: string
  parent_span_id: string | null
  agent: string
  started_at: number
  received_at: number
  latency_seconds: number
  error_type: string | null
  operation: string
  provider: string | null
  request_model: string | null
  response_model: string | null
  response_id: string | null
  system_fingerprint: string | null
  finish_reason: string | null
  prompt_name: string | null
  prompt_version: string | null
  prompt_hash: string | null
  tools_hash: string | null
  data_version: string | null
  input_hash: string | null
  segment: string | null
  conversation_id: string | null
  user_hash: string | null
  variant: string
  origin: Origin
  output_shape: OutputShape | null
  output_characters: number | null
  input_tokens: number | null
  output_tokens: number | null
  attempts: number | null
  sampling_probability: number | null
  input: string | null
  output: string | null
}

type ValidationRecordTable = {
  trace_id: string
  span_id: string
  parent_span_id: string | null
  agent: string
  at: number
  response_id: string | null
  outcome: ValidationOutcome
  schema_name: string | null
  schema_hash: string | null
  issues: string
}

type DecisionRecordTable = {
  trace_id: string
  span_id: string
  parent_span_id: string | null
  agent: string
  at: number
  route: Route
  reason: string | null
  confidence: number | null
  conversation_id: string | null
}

type StepRecordTable = {
  trace_id: string
  span_id: string
  agent: string
  started_at: number
  duration_seconds: number
  kind: 'agent' | 'tool'
  name: string
}

type BaselineTable = {
  id: string
  agent: string
  version: number
  created_at: number
  expires_at: number
  document: string
  expired_by: string | null
  expired_why: string | null
}

type RunSlotTable = {
  agent: string
  slot_at: number
  status: 'running' | 'done'
  owner: string
  lease_until: number
  fence: number
  attempts: number
}

/** `statistics` is null for a run without a baseline or without items; `verdict` is what was published. */
type RunTable = {
  agent: string
  slot_at: number
  baseline: string | null
  /** Items that were compared. */
  items: number
  finished_at: number
  statistics: string | null
  verdict: string
}

type ChangeEventTable = {
  agent: string
  kind: ChangeKind
  value: string
  replaced: string | null
  slot_at: number
  at: number
}

type IncidentTable = {
  id: string
  agent: string
  severity: Severity
  baseline: string
  state: IncidentState
  onset_at: number
  opened_slot_at: number
  opened_at: number
  changed_at: number
  /** Newest slot that had been evaluated when the incident was resolved; the detector goes on after it. */
  resolved_slot_at: number | null
  changed_by: string | null
  suite: IncidentSuite
  /** The variant whose fault it is; null where control moved. */
  variant: string | null
}

type ReviewItemTable = {
  id: string
  agent: string
  state: 'open'
  reason: string
  priority: Priority
  question: string
  context: string
  input: string
  output: string
  trace_id: string | null
  span_id: string | null
  created_at: number
  received_at: number
}

type WebhookDeliveryTable = {
  id: string
  /** Its address. */
  webhook: string
  body: string
  state: 'pending' | 'delivered' | 'given_up'
  created_at: number
  due_at: number
  attempts: number
}

type JudgeAnswerTable = {
  agent: string
  version: string
  record: string
  outcome: string
  choice: string | null
  value: number | null
  explanation: string
  tokens: number
  usd: number | null
  answered_at: number
}

type JudgeSpendTable = { agent: string; judge: string; day: string; calls: number; tokens: number; micro_usd: number }

type JudgeAnchorTable = {
  baseline: string
  score: string
  anchor: number
  agent: string
  trace_id: string
  span_id: string
  parts: string
}

type ExternalScoreTable = {
  id: string
  agent: string
  name: string
  version: string
  source: string
  value: number | null
  label: string | null
  selection: Selection
  lag_milliseconds: number | null
  trace_id: string | null
  span_id: string | null
  response_id: string | null
  conversation_id: string | null
  at: number
  received_at: number
}

type CallContentTable = {
  trace_id: string
  span_id: string
  agent: string
  at: number
  input: string | null
  output: string | null
}

type AnnouncedChangeTable = {
  id: string
  agent: string
  kind: ChangeKind
  value: string
  at: number
  announced_by: string | null
  link: string | null
  received_at: number
}

type SentinelInputTable = {
  baseline: string
  id: string
  agent: string
  segment: string | null
  prompt_name: string | null
  trace_id: string | null
  conversation_id: string | null
  user_hash: string | null
  input: string | null
  forgotten_at: number | null
  /** The right answer as JSON text, for scores that compare with one. */
  reference: string | null
  /** `TRACE/SPAN` of each run of the harness, as a JSON list; null in older rows, and once it is forgotten. */
  records: string | null
}

/** The last three are null until the run is done; `replays` and `report` are JSON text. */
type SentinelRunTable = {
  agent: string
  slot_at: number
  status: 'running' | 'done'
  owner: string
  lease_until: number
  fence: number
  attempts: number
  baseline: string | null
  replays: string | null
  report: string | null
}

type SentinelQuestionTable = { agent: string; slot_at: number; input: string; asked_at: number; outcome: string | null }

/** Beside the announced change of the same id. `gate` is JSON text of the comparison it passed; null: announced without. */
type PlannedChangeTable = {
  id: string
  agent: string
  kind: ChangeKind
  value: string
  at: number
  gate: string | null
  /** The variant that becomes control. */
  promotes: string | null
  received_at: number
}

type ExcludedWindowTable = {
  id: string
  agent: string
  from_at: number
  to_at: number
  reason: ExcludedWindowReason
  note: string | null
  excluded_at: number
  excluded_by: string
  removed_at: number | null
  removed_by: string | null
  removed_why: string | null
}
