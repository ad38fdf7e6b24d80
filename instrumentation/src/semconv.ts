/**
 * Every name that crosses a border of Tidemark: span attributes, metrics, labels and their closed value sets.
 * OpenTelemetry GenAI conventions (Development, no release as of November 2026) come first; names under `tidemark.`
 * exist only where the conventions have none. Nothing else in the project may spell one of these strings.
 */

/** Attributes of the OpenTelemetry GenAI conventions, and the general ones they refer to. */
export const ATTRIBUTE = {
  agentName: 'gen_ai.agent.name',
  agentVersion: 'gen_ai.agent.version',
  apiType: 'openai.api.type',
  choiceCount: 'gen_ai.request.choice.count',
  conversationId: 'gen_ai.conversation.id',
  errorType: 'error.type',
  evaluationExplanation: 'gen_ai.evaluation.explanation',
  evaluationLabel: 'gen_ai.evaluation.score.label',
  evaluationName: 'gen_ai.evaluation.name',
  evaluationValue: 'gen_ai.evaluation.score.value',
  finishReasons: 'gen_ai.response.finish_reasons',
  frequencyPenalty: 'gen_ai.request.frequency_penalty',
  httpStatusCode: 'http.response.status_code',
  inputMessages: 'gen_ai.input.messages',
  inputTokens: 'gen_ai.usage.input_tokens',
  cacheReadInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  maxTokens: 'gen_ai.request.max_tokens',
  operationName: 'gen_ai.operation.name',
  outputMessages: 'gen_ai.output.messages',
  outputTokens: 'gen_ai.usage.output_tokens',
  outputType: 'gen_ai.output.type',
  presencePenalty: 'gen_ai.request.presence_penalty',
  promptName: 'gen_ai.prompt.name',
  promptVersion: 'gen_ai.prompt.version',
  providerName: 'gen_ai.provider.name',
  reasoningOutputTokens: 'gen_ai.usage.reasoning.output_tokens',
  requestModel: 'gen_ai.request.model',
  requestSeed: 'gen_ai.request.seed',
  requestStream: 'gen_ai.request.stream',
  resendCount: 'http.request.resend_count',
  responseId: 'gen_ai.response.id',
  responseModel: 'gen_ai.response.model',
  serverAddress: 'server.address',
  serverPort: 'server.port',
  serviceTier: 'openai.response.service_tier',
  stopSequences: 'gen_ai.request.stop_sequences',
  systemFingerprint: 'openai.response.system_fingerprint',
  systemInstructions: 'gen_ai.system_instructions',
  temperature: 'gen_ai.request.temperature',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  tokenType: 'gen_ai.token.type',
  toolDefinitions: 'gen_ai.tool.definitions',
  topP: 'gen_ai.request.top_p',
} as const

/** Tidemark's own attributes. */
export const TIDEMARK = {
  attemptCount: 'tidemark.attempt.count',
  attemptOutcome: 'tidemark.attempt.outcome',
  dataVersion: 'tidemark.data.version',
  decisionConfidence: 'tidemark.decision.confidence',
  escalationId: 'tidemark.escalation.id',
  escalationReason: 'tidemark.escalation.reason',
  inputHash: 'tidemark.input.hash',
  origin: 'tidemark.origin',
  outputCharacters: 'tidemark.output.characters',
  outputShape: 'tidemark.output.shape',
  promptHash: 'tidemark.prompt.hash',
  providerRequestId: 'tidemark.provider.request_id',
  rateLimitRemainingRequests: 'tidemark.ratelimit.remaining_requests',
  rateLimitRemainingTokens: 'tidemark.ratelimit.remaining_tokens',
  rateLimitRequests: 'tidemark.ratelimit.requests',
  rateLimitTokens: 'tidemark.ratelimit.tokens',
  retryDelay: 'tidemark.retry.delay',
  route: 'tidemark.route',
  samplingProbability: 'tidemark.sampling.probability',
  schemaHash: 'tidemark.schema.hash',
  schemaName: 'tidemark.schema.name',
  segment: 'tidemark.segment',
  toolsHash: 'tidemark.tools.hash',
  userHash: 'tidemark.user.hash',
  validationIssues: 'tidemark.validation.issues',
  validationOutcome: 'tidemark.validation.outcome',
  variant: 'tidemark.variant',
} as const

/** Names of the spans Tidemark adds; the span of a call is named by the convention: `{operation} {request model}`. */
export const SPAN = {
  attempt: 'tidemark.attempt',
  decision: 'tidemark.decision',
  validation: 'tidemark.validation',
} as const

/** Names of the events a span carries. */
export const EVENT = {
  evaluationResult: 'gen_ai.evaluation.result',
  operationDetails: 'gen_ai.client.inference.operation.details',
} as const

/** The names of {@link EVENT.evaluationResult} that Tidemark emits. */
export const EVALUATION_NAME = { schemaValidation: 'schema_validation', humanReview: 'human_review' } as const

/** What a call asks of a model. */
export const OPERATIONS = ['chat', 'embeddings'] as const
/** `chat` also names calls of the Responses API; {@link ATTRIBUTE.apiType} tells them apart. */
export type Operation = (typeof OPERATIONS)[number]

/** The first that applies; one per HTTP attempt. */
export const ATTEMPT_OUTCOMES = [
  'success',
  'aborted',
  'rejected',
  'deadline',
  'budget',
  'exhausted',
  'retried',
] as const
/** One of {@link ATTEMPT_OUTCOMES}. */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number]

/** The outer form of a text output. */
export const OUTPUT_SHAPES = [
  'json',
  'json_fenced',
  'fenced_other',
  'call_syntax',
  'json_in_prose',
  'broken_json',
  'truncated_json',
  'prose',
  'empty',
  'refusal',
  'tool_calls',
] as const
/** One of {@link OUTPUT_SHAPES}. */
export type OutputShape = (typeof OUTPUT_SHAPES)[number]

/** What a validation finds. `repaired` is a success for the caller, and for the evaluator an invalid raw answer. */
export const VALIDATION_OUTCOMES = [
  'valid',
  'repaired',
  'not_json',
  'malformed_json',
  'schema_mismatch',
  'empty',
  'refused',
  'truncated',
  'filtered',
] as const
/** One of {@link VALIDATION_OUTCOMES}. */
export type ValidationOutcome = (typeof VALIDATION_OUTCOMES)[number]

/** Where a decision goes. */
export const ROUTES = ['auto', 'escalated', 'rejected', 'failed'] as const
/** One of {@link ROUTES}. */
export type Route = (typeof ROUTES)[number]

/** Reasons Tidemark knows; at most 10 more can be configured. */
export const ESCALATION_REASONS = [
  'validation_failed',
  'low_confidence',
  'retries_exhausted',
  'refused',
  'policy',
  'out_of_scope',
] as const
/** One of {@link ESCALATION_REASONS}. */
export type EscalationReason = (typeof ESCALATION_REASONS)[number]

/** Only `production` enters the production streams. */
export const ORIGINS = ['production', 'harness', 'sentinel'] as const
/** One of {@link ORIGINS}. */
export type Origin = (typeof ORIGINS)[number]

/** What can be dropped on its way out of the process. */
export const TELEMETRY_SIGNALS = ['traces', 'metrics', 'escalations'] as const
/** One of {@link TELEMETRY_SIGNALS}. */
export type TelemetrySignal = (typeof TELEMETRY_SIGNALS)[number]

/** Which names of the client metrics to emit: `v1` is the published set, `inference` the one that is being agreed on. */
export type SemconvVersion = 'v1' | 'inference'

/** Client metrics of the GenAI conventions, by the version of the set. Units: seconds, `{token}`. */
export const CLIENT_METRIC = {
  v1: {
    duration: 'gen_ai.client.operation.duration',
    tokenUsage: 'gen_ai.client.token.usage',
    timeToFirstChunk: 'gen_ai.client.operation.time_to_first_chunk',
    timePerOutputChunk: 'gen_ai.client.operation.time_per_output_chunk',
  },
  inference: {
    duration: 'gen_ai.client.inference.duration',
    tokenUsage: 'gen_ai.client.inference.token.usage',
    timeToFirstChunk: 'gen_ai.client.inference.time_to_first_chunk',
    timePerOutputChunk: 'gen_ai.client.inference.time_per_output_chunk',
  },
} as const

/** Bucket limits that the convention asks for, in seconds. */
export const DURATION_BUCKETS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
] as const
/** Bucket limits that the convention asks for, in tokens. */
export const TOKEN_BUCKETS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
] as const

/** OTLP instruments of the instrumentation; each point carries {@link ATTRIBUTE.agentName}. */
export const INSTRUMENT = {
  attempts: { name: 'tidemark.llm.attempts', unit: '{attempt}' },
  retryDelay: { name: 'tidemark.llm.retry.delay', unit: 's' },
  validations: { name: 'tidemark.validations', unit: '{validation}' },
  decisions: { name: 'tidemark.decisions', unit: '{decision}' },
  cost: { name: 'tidemark.llm.cost.usd', unit: '{USD}' },
  costUnknown: { name: 'tidemark.llm.cost.unknown', unit: '{call}' },
  agentInfo: { name: 'tidemark.agent.info', unit: '' },
  telemetryDropped: { name: 'tidemark.telemetry.dropped', unit: '{record}' },
} as const

/** Attribute of {@link INSTRUMENT.telemetryDropped}. */
export const SIGNAL_ATTRIBUTE = 'signal'

/** Prometheus label of every evaluator metric that speaks of one agent. */
export const AGENT_LABEL = 'gen_ai_agent_name'

/** Verdicts in their order of precedence: the first that applies is the verdict. */
export const VERDICTS = [
  'no_baseline',
  'insufficient_data',
  'judge_changed',
  'drift',
  'improved',
  'input_mix_changed',
  'watch',
  'stable',
] as const
/** One of {@link VERDICTS}. */
export type Verdict = (typeof VERDICTS)[number]

/** Whether an alarm wakes somebody or waits for the morning. */
export const SEVERITIES = ['page', 'ticket'] as const
/** One of {@link SEVERITIES}. */
export type Severity = (typeof SEVERITIES)[number]

/** The states of an incident; the last three end it. */
export const INCIDENT_STATES = ['open', 'acknowledged', 'fixed', 'accepted', 'false_alarm'] as const
/** One of {@link INCIDENT_STATES}. */
export type IncidentState = (typeof INCIDENT_STATES)[number]

/** Why a window of time is left out of reference and history. */
export const EXCLUDED_WINDOW_REASONS = ['outage', 'test', 'maintenance'] as const
/** One of {@link EXCLUDED_WINDOW_REASONS}. */
export type ExcludedWindowReason = (typeof EXCLUDED_WINDOW_REASONS)[number]

/** What an agent's alarms may do: nothing yet, tickets, or pages too. */
export const AGENT_MODES = ['shadow', 'ticket', 'live', 'paused'] as const
/** One of {@link AGENT_MODES}. */
export type AgentMode = (typeof AGENT_MODES)[number]

/** What can change behind an agent's back, or by its team's hand. */
export const CHANGE_KINDS = ['model', 'prompt', 'tools', 'data', 'deploy', 'judge', 'config'] as const
/** One of {@link CHANGE_KINDS}. */
export type ChangeKind = (typeof CHANGE_KINDS)[number]

/** Prometheus metrics of the evaluator, with their labels besides {@link AGENT_LABEL}. */
export const EVALUATOR_METRIC = {
  driftEvidence: { name: 'tidemark_drift_evidence', labels: ['severity'] },
  driftThreshold: { name: 'tidemark_drift_threshold', labels: ['severity'] },
  driftRawEvidence: { name: 'tidemark_drift_raw_evidence', labels: ['severity'] },
  sentinelEvidence: { name: 'tidemark_sentinel_evidence', labels: ['severity'] },
  sentinelThreshold: { name: 'tidemark_sentinel_threshold', labels: ['severity'] },
  driftIncident: { name: 'tidemark_drift_incident', labels: ['severity', 'state'] },
  agentMode: { name: 'tidemark_agent_mode', labels: ['mode'] },
  agentExpectedSilence: { name: 'tidemark_agent_expected_silence_seconds', labels: [] },
  driftScoreEvidence: { name: 'tidemark_drift_score_evidence', labels: ['score', 'stream'] },
  driftScoreEffect: { name: 'tidemark_drift_score_effect', labels: ['score', 'stream'] },
  driftScoreTolerance: { name: 'tidemark_drift_score_tolerance', labels: ['score', 'stream'] },
  driftUnjudgedEvidence: { name: 'tidemark_drift_unjudged_evidence', labels: ['severity'] },
  judgeShiftEvidence: { name: 'tidemark_judge_shift_evidence', labels: ['judge'] },
  judgeAgreementKappa: { name: 'tidemark_judge_agreement_kappa', labels: ['judge'] },
  scoreUncompared: { name: 'tidemark_score_uncompared', labels: ['score', 'reason'] },
  driftVerdict: { name: 'tidemark_drift_verdict', labels: ['verdict'] },
  driftOnset: { name: 'tidemark_drift_onset_timestamp_seconds', labels: [] },
  driftCauseProbability: { name: 'tidemark_drift_cause_probability', labels: ['cause', 'change'] },
  scoreMean: { name: 'tidemark_score_mean', labels: ['score', 'window'] },
  scoreMeanLow: { name: 'tidemark_score_mean_low', labels: ['score', 'window'] },
  scoreMeanHigh: { name: 'tidemark_score_mean_high', labels: ['score', 'window'] },
  scoreSamples: { name: 'tidemark_score_samples', labels: ['score', 'window'] },
  scoreMissingShare: { name: 'tidemark_score_missing_share', labels: ['score'] },
  scoreShare: { name: 'tidemark_score_share', labels: ['score', 'window', 'bin'] },
  scoreFrozenDifferenceLow: { name: 'tidemark_score_frozen_difference_low', labels: ['score'] },
  scoreFrozenDifferenceHigh: { name: 'tidemark_score_frozen_difference_high', labels: ['score'] },
  segmentShare: { name: 'tidemark_segment_share', labels: ['segment', 'window'] },
  segmentContribution: { name: 'tidemark_segment_contribution', labels: ['score', 'segment', 'part'] },
  segmentEvidence: { name: 'tidemark_segment_evidence', labels: ['score', 'segment'] },
  variantEvidence: { name: 'tidemark_variant_evidence', labels: ['variant'] },
  variantThreshold: { name: 'tidemark_variant_threshold', labels: ['variant'] },
  variantSamples: { name: 'tidemark_variant_samples', labels: ['variant'] },
  variantIncident: { name: 'tidemark_variant_incident', labels: ['variant', 'state'] },
  changeInfo: { name: 'tidemark_change_info', labels: ['kind', 'value'] },
  escalationShare: { name: 'tidemark_escalation_share', labels: [] },
  escalationEvidence: { name: 'tidemark_escalation_evidence', labels: ['limit'] },
  escalationThreshold: { name: 'tidemark_escalation_threshold', labels: ['limit'] },
  evaluationLastSuccess: { name: 'tidemark_evaluation_last_success_timestamp_seconds', labels: ['suite'] },
  evaluationLastRun: { name: 'tidemark_evaluation_last_run_timestamp_seconds', labels: ['suite'] },
  evaluationInterval: { name: 'tidemark_evaluation_interval_seconds', labels: ['suite'] },
  evaluationDuration: { name: 'tidemark_evaluation_duration_seconds', labels: ['suite'] },
  evaluationSamples: { name: 'tidemark_evaluation_samples', labels: ['suite'] },
  evaluationExcludedSamples: { name: 'tidemark_evaluation_excluded_samples', labels: ['suite', 'reason'] },
  baselineCreated: { name: 'tidemark_baseline_created_timestamp_seconds', labels: ['baseline'] },
  baselineExpiry: { name: 'tidemark_baseline_expiry_timestamp_seconds', labels: ['baseline'] },
  baselineSamples: { name: 'tidemark_baseline_samples', labels: ['baseline'] },
  baselineMinimumDetectableEffect: {
    name: 'tidemark_baseline_minimum_detectable_effect',
    labels: ['baseline', 'score'],
  },
  reviewItems: { name: 'tidemark_review_items', labels: ['state', 'priority'] },
  reviewOldestAge: { name: 'tidemark_review_oldest_age_seconds', labels: ['priority'] },
  falsePageLedger: { name: 'tidemark_false_page_ledger', labels: ['resolution'] },
  ingestSpans: { name: 'tidemark_ingest_spans_total', labels: ['outcome'] },
  ingestRejected: { name: 'tidemark_ingest_rejected_total', labels: ['reason'] },
  storeBytes: { name: 'tidemark_store_bytes', labels: [] },
  storeErrors: { name: 'tidemark_store_errors_total', labels: [] },
} as const

/** The name an OTLP instrument has in Prometheus (strategy `UnderscoreEscapingWithSuffixes`, Prometheus 3.13). */
export function prometheusName(instrument: string, unit: string, isCounter: boolean): string {
  const base = instrument.replaceAll(/[^a-zA-Z0-9_]/gu, '_')
  const suffix = unit === 's' ? '_seconds' : ''
  return `${base}${suffix}${isCounter ? '_total' : ''}`
}
