import { ATTRIBUTE, OPERATIONS, TIDEMARK } from '@tidemark/instrumentation/semconv'

/**
 * Which attributes carry a field of a record, the current name first; the first one that is present counts. A further
 * dialect is a further name in a row. Names that are not of the vocabulary are those of earlier GenAI conventions.
 */
export const DIALECT = {
  attempts: [TIDEMARK.attemptCount],
  confidence: [TIDEMARK.decisionConfidence],
  conversationId: [ATTRIBUTE.conversationId],
  dataVersion: [TIDEMARK.dataVersion],
  errorType: [ATTRIBUTE.errorType],
  escalationReason: [TIDEMARK.escalationReason],
  finishReasons: [ATTRIBUTE.finishReasons],
  input: [ATTRIBUTE.inputMessages],
  inputHash: [TIDEMARK.inputHash],
  inputTokens: [ATTRIBUTE.inputTokens, 'gen_ai.usage.prompt_tokens'],
  operation: [ATTRIBUTE.operationName],
  origin: [TIDEMARK.origin],
  output: [ATTRIBUTE.outputMessages],
  outputCharacters: [TIDEMARK.outputCharacters],
  outputShape: [TIDEMARK.outputShape],
  outputTokens: [ATTRIBUTE.outputTokens, 'gen_ai.usage.completion_tokens'],
  promptHash: [TIDEMARK.promptHash],
  promptName: [ATTRIBUTE.promptName],
  promptVersion: [ATTRIBUTE.promptVersion],
  provider: [ATTRIBUTE.providerName, 'gen_ai.system'],
  requestModel: [ATTRIBUTE.requestModel],
  responseId: [ATTRIBUTE.responseId],
  responseModel: [ATTRIBUTE.responseModel],
  route: [TIDEMARK.route],
  samplingProbability: [TIDEMARK.samplingProbability],
  schemaHash: [TIDEMARK.schemaHash],
  schemaName: [TIDEMARK.schemaName],
  segment: [TIDEMARK.segment],
  systemFingerprint: [ATTRIBUTE.systemFingerprint, 'gen_ai.openai.response.system_fingerprint'],
  toolsHash: [TIDEMARK.toolsHash],
  userHash: [TIDEMARK.userHash],
  validationIssues: [TIDEMARK.validationIssues],
  validationOutcome: [TIDEMARK.validationOutcome],
  variant: [TIDEMARK.variant],
} as const satisfies Record<string, readonly string[]>

export type RecordField = keyof typeof DIALECT

/** Where the agent's name is looked for: on the span, then on the resource. */
export const AGENT_ATTRIBUTES = {
  span: [ATTRIBUTE.agentName],
  resource: [ATTRIBUTE.agentName, 'service.name'],
} as const

/** Operations whose span is one LLM call. Agent, workflow and tool spans are never records. */
export const INFERENCE_OPERATIONS: ReadonlySet<string> = new Set([...OPERATIONS, 'text_completion', 'generate_content'])

export const READ_SPAN_ATTRIBUTES: ReadonlySet<string> = new Set<string>([
  ...Object.values(DIALECT).flat(),
  ...AGENT_ATTRIBUTES.span,
])
export const READ_RESOURCE_ATTRIBUTES: ReadonlySet<string> = new Set<string>(AGENT_ATTRIBUTES.resource)
