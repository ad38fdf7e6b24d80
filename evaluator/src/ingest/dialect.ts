import { ATTRIBUTE, OPERATIONS, TIDEMARK } from '@tidemark/instrumentation/semconv'

/**
 * Which attributes carry a field of a record, the current name first; the first one that is present counts. A further
 * dialect is a further name in a row. After the vocabulary's own names come, in this order: earlier GenAI conventions,
 * OpenLLMetry, OpenInference, Langfuse, the Vercel AI SDK. What needs more than another name is in foreign-span.ts.
 */
export const DIALECT = {
  attempts: [TIDEMARK.attemptCount],
  confidence: [TIDEMARK.decisionConfidence],
  conversationId: [
    ATTRIBUTE.conversationId,
    'traceloop.association.properties.session_id',
    'session.id',
    'langfuse.session.id',
    'ai.telemetry.metadata.sessionId',
  ],
  dataVersion: [TIDEMARK.dataVersion],
  errorType: [ATTRIBUTE.errorType],
  escalationReason: [TIDEMARK.escalationReason],
  finishReasons: [
    ATTRIBUTE.finishReasons,
    'gen_ai.completion.0.finish_reason',
    'llm.response.finish_reason',
    'llm.finish_reason',
    'ai.response.finishReason',
  ],
  input: [ATTRIBUTE.inputMessages],
  inputHash: [TIDEMARK.inputHash],
  inputTokens: [
    ATTRIBUTE.inputTokens,
    'gen_ai.usage.prompt_tokens',
    'llm.usage.prompt_tokens',
    'llm.token_count.prompt',
    'ai.usage.inputTokens',
    'ai.usage.promptTokens',
    'ai.usage.tokens',
  ],
  operation: [ATTRIBUTE.operationName],
  origin: [TIDEMARK.origin],
  output: [ATTRIBUTE.outputMessages],
  outputCharacters: [TIDEMARK.outputCharacters],
  outputShape: [TIDEMARK.outputShape],
  outputTokens: [
    ATTRIBUTE.outputTokens,
    'gen_ai.usage.completion_tokens',
    'llm.usage.completion_tokens',
    'llm.token_count.completion',
    'ai.usage.outputTokens',
    'ai.usage.completionTokens',
  ],
  promptHash: [TIDEMARK.promptHash],
  promptName: [
    ATTRIBUTE.promptName,
    'traceloop.prompt.key',
    'llm.prompt_template.name',
    'langfuse.observation.prompt.name',
    'ai.telemetry.functionId',
  ],
  promptVersion: [
    ATTRIBUTE.promptVersion,
    'traceloop.prompt.version',
    'llm.prompt_template.version',
    'langfuse.observation.prompt.version',
  ],
  provider: [ATTRIBUTE.providerName, 'gen_ai.system', 'llm.vendor', 'llm.provider', 'llm.system', 'ai.model.provider'],
  requestModel: [ATTRIBUTE.requestModel, 'llm.request.model', 'ai.model.id'],
  responseId: [ATTRIBUTE.responseId, 'llm.response.id', 'ai.response.id'],
  responseModel: [
    ATTRIBUTE.responseModel,
    'llm.response.model',
    'llm.model_name',
    'embedding.model_name',
    'langfuse.observation.model.name',
    'ai.response.model',
  ],
  route: [TIDEMARK.route],
  samplingProbability: [TIDEMARK.samplingProbability],
  schemaHash: [TIDEMARK.schemaHash],
  schemaName: [TIDEMARK.schemaName],
  segment: [TIDEMARK.segment],
  systemFingerprint: [
    ATTRIBUTE.systemFingerprint,
    'gen_ai.openai.response.system_fingerprint',
    'gen_ai.response.system_fingerprint',
    'gen_ai.openai.system_fingerprint',
  ],
  toolsHash: [TIDEMARK.toolsHash],
  userHash: [TIDEMARK.userHash],
  validationIssues: [TIDEMARK.validationIssues],
  validationOutcome: [TIDEMARK.validationOutcome],
  variant: [TIDEMARK.variant],
} as const satisfies Record<string, readonly string[]>

export type RecordField = keyof typeof DIALECT

/** Where the agent's name is looked for: on the span, then on the resource. */
export const AGENT_ATTRIBUTES = {
  span: [ATTRIBUTE.agentName, 'agent.name'],
  resource: [ATTRIBUTE.agentName, 'service.name'],
} as const

/** Operations whose span is one LLM call. Agent, workflow and tool spans are never records. */
export const INFERENCE_OPERATIONS: ReadonlySet<string> = new Set([...OPERATIONS, 'text_completion', 'generate_content'])

/** Where a span has no operation of the convention: what says that it is one LLM call. Other values: no record. */
export const OPERATION_MARKS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'llm.request.type': { chat: 'chat', completion: 'text_completion', embedding: 'embeddings' },
  'openinference.span.kind': { LLM: 'chat', EMBEDDING: 'embeddings' },
  'langfuse.observation.type': { generation: 'chat', embedding: 'embeddings' },
  'ai.operationId': {
    'ai.generateText.doGenerate': 'chat',
    'ai.streamText.doStream': 'chat',
    'ai.generateObject.doGenerate': 'chat',
    'ai.streamObject.doStream': 'chat',
    'ai.embed.doEmbed': 'embeddings',
    'ai.embedMany.doEmbed': 'embeddings',
  },
}

/** Spans that start something of their own: what is called inside them is no part of a call outside. */
export const STEP_MARKS: Readonly<Record<string, readonly string[]>> = {
  [ATTRIBUTE.operationName]: ['invoke_agent', 'create_agent', 'execute_tool', 'invoke_workflow'],
  'traceloop.span.kind': ['workflow', 'agent', 'tool'],
  'openinference.span.kind': ['AGENT', 'TOOL'],
  'langfuse.observation.type': ['agent', 'tool'],
  'ai.operationId': ['ai.toolCall'],
}

/** Those of them that are the execution of a tool. */
export const TOOL_MARKS: Readonly<Record<string, readonly string[]>> = {
  [ATTRIBUTE.operationName]: ['execute_tool'],
  'traceloop.span.kind': ['tool'],
  'openinference.span.kind': ['TOOL'],
  'langfuse.observation.type': ['tool'],
  'ai.operationId': ['ai.toolCall'],
}

/** What names a step. */
export const STEP_NAMES = {
  tool: ['gen_ai.tool.name', 'tool.name', 'ai.toolCall.name', 'traceloop.entity.name'],
  agent: [ATTRIBUTE.agentName, 'traceloop.entity.name'],
} as const

/** Content that is no list of the convention's messages yet, the fullest first. */
export const FOREIGN_CONTENT = {
  input: ['input.value', 'langfuse.observation.input', 'ai.prompt.messages', 'ai.values', 'ai.value'],
  output: ['output.value', 'langfuse.observation.output', 'ai.response.text', 'ai.response.object'],
  toolCalls: ['ai.response.toolCalls'],
} as const

/** JSON that holds fields of a record. */
export const FOREIGN_JSON = {
  usage: 'langfuse.observation.usage_details',
  parameters: 'llm.invocation_parameters',
  level: 'langfuse.observation.level',
} as const

/** OpenLLMetry wrote each message into attributes of its own; this many are read. */
export const NUMBERED_MESSAGES = { prompts: 32, completions: 1 } as const
const NUMBERED = [
  ...numbered('gen_ai.prompt', NUMBERED_MESSAGES.prompts),
  ...numbered('gen_ai.completion', NUMBERED_MESSAGES.completions),
]

export const READ_SPAN_ATTRIBUTES: ReadonlySet<string> = new Set<string>([
  ...Object.values(DIALECT).flat(),
  ...AGENT_ATTRIBUTES.span,
  ...Object.keys(OPERATION_MARKS),
  ...Object.keys(STEP_MARKS),
  ...Object.values(STEP_NAMES).flat(),
  ...Object.values(FOREIGN_CONTENT).flat(),
  ...Object.values(FOREIGN_JSON),
  ...NUMBERED,
])
/** What is read of a log record; its event name was an attribute before it was a field. */
export const EVENT_NAME_ATTRIBUTE = 'event.name'
export const READ_EVENT_ATTRIBUTES: ReadonlySet<string> = new Set<string>([
  EVENT_NAME_ATTRIBUTE,
  ATTRIBUTE.evaluationName,
  ATTRIBUTE.evaluationValue,
  ATTRIBUTE.evaluationLabel,
  ...DIALECT.input,
  ...DIALECT.output,
  ...DIALECT.responseId,
  ...DIALECT.conversationId,
  ...AGENT_ATTRIBUTES.span,
])
export const READ_RESOURCE_ATTRIBUTES: ReadonlySet<string> = new Set<string>(AGENT_ATTRIBUTES.resource)

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => [`${prefix}.${index}.role`, `${prefix}.${index}.content`]).flat()
}
