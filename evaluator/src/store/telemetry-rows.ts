import type { Insertable, Selectable } from 'kysely'
import type { CallRecord, DecisionRecord, StepRecord, ValidationRecord } from '../domain/records.ts'
import type { Schema } from './schema.ts'

export function callRow(call: CallRecord, receivedAt: number): Insertable<Schema['call_record']> {
  return {
    trace_id: call.traceId,
    span_id: call.spanId,
    parent_span_id: call.parentSpanId,
    agent: call.agent,
    started_at: call.startedAt,
    received_at: receivedAt,
    latency_seconds: call.latencySeconds,
    error_type: call.errorType,
    operation: call.operation,
    provider: call.provider,
    request_model: call.requestModel,
    response_model: call.responseModel,
    response_id: call.responseId,
    system_fingerprint: call.systemFingerprint,
    finish_reason: call.finishReason,
    prompt_name: call.promptName,
    prompt_version: call.promptVersion,
    prompt_hash: call.promptHash,
    tools_hash: call.toolsHash,
    data_version: call.dataVersion,
    input_hash: call.inputHash,
    segment: call.segment,
    conversation_id: call.conversationId,
    user_hash: call.userHash,
    variant: call.variant,
    origin: call.origin,
    output_shape: call.outputShape,
    output_characters: call.outputCharacters,
    input_tokens: call.inputTokens,
    output_tokens: call.outputTokens,
    attempts: call.attempts,
    sampling_probability: call.samplingProbability,
    input: call.input,
    output: call.output,
  }
}

export function callFromRow(row: Schema['call_record']): CallRecord {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    startedAt: row.started_at,
    latencySeconds: row.latency_seconds,
    errorType: row.error_type,
    operation: row.operation,
    provider: row.provider,
    requestModel: row.request_model,
    responseModel: row.response_model,
    responseId: row.response_id,
    systemFingerprint: row.system_fingerprint,
    finishReason: row.finish_reason,
    promptName: row.prompt_name,
    promptVersion: row.prompt_version,
    promptHash: row.prompt_hash,
    toolsHash: row.tools_hash,
    dataVersion: row.data_version,
    inputHash: row.input_hash,
    segment: row.segment,
    conversationId: row.conversation_id,
    userHash: row.user_hash,
    variant: row.variant,
    origin: row.origin,
    outputShape: row.output_shape,
    outputCharacters: row.output_characters,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    attempts: row.attempts,
    samplingProbability: row.sampling_probability,
    input: row.input,
    output: row.output,
  }
}

export function validationRow(record: ValidationRecord): Insertable<Schema['validation_record']> {
  return {
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_span_id: record.parentSpanId,
    agent: record.agent,
    at: record.at,
    response_id: record.responseId,
    outcome: record.outcome,
    schema_name: record.schemaName,
    schema_hash: record.schemaHash,
    issues: JSON.stringify(record.issues),
  }
}

export function validationFromRow(row: Selectable<Schema['validation_record']>): ValidationRecord {
  const issues: string[] = JSON.parse(row.issues)
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    at: row.at,
    responseId: row.response_id,
    outcome: row.outcome,
    schemaName: row.schema_name,
    schemaHash: row.schema_hash,
    issues,
  }
}

export function decisionRow(record: DecisionRecord): Insertable<Schema['decision_record']> {
  return {
    trace_id: record.traceId,
    span_id: record.spanId,
    parent_span_id: record.parentSpanId,
    agent: record.agent,
    at: record.at,
    route: record.route,
    reason: record.reason,
    confidence: record.confidence,
    conversation_id: record.conversationId,
  }
}

export function decisionFromRow(row: Selectable<Schema['decision_record']>): DecisionRecord {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    parentSpanId: row.parent_span_id,
    agent: row.agent,
    at: row.at,
    route: row.route,
    reason: row.reason,
    confidence: row.confidence,
    conversationId: row.conversation_id,
  }
}

export function stepRow(step: StepRecord): Insertable<Schema['step_record']> {
  return {
    trace_id: step.traceId,
    span_id: step.spanId,
    agent: step.agent,
    started_at: step.startedAt,
    duration_seconds: step.durationSeconds,
    kind: step.kind,
    name: step.name,
  }
}
