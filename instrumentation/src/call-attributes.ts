import type { AnswerHead, CallRecording, CallStart } from './call-record.ts'
import { answerShape } from './output-shape.ts'
import { promptTexts, type SetAttribute, toolDefinitions } from './request-facts.ts'
import type { ResponseFacts } from './response-facts.ts'
import type { RunScope } from './run-scope.ts'
import { ATTRIBUTE, TIDEMARK } from './semconv.ts'
import type { Attributes } from './telemetry.ts'
import { type HashText, normalisedInput } from './text-hash.ts'

/** What the scope says, as attributes of every span of ours. */
export function scopeAttributes(scope: RunScope, hash: HashText): Attributes {
  const attributes: Attributes = {}
  setScope(scope, hash, (name, value) => {
    if (value !== undefined) attributes[name] = value
  })
  return attributes
}

export function setScope(scope: RunScope, hash: HashText, set: SetAttribute): void {
  set(ATTRIBUTE.agentVersion, scope.agentVersion)
  set(ATTRIBUTE.promptName, scope.promptName)
  set(ATTRIBUTE.promptVersion, scope.promptVersion)
  set(ATTRIBUTE.conversationId, scope.conversation)
  set(TIDEMARK.dataVersion, scope.dataVersion)
  set(TIDEMARK.segment, scope.segment)
  set(TIDEMARK.variant, scope.variant ?? 'control')
  set(TIDEMARK.origin, scope.origin ?? 'production')
  if (scope.user !== undefined) set(TIDEMARK.userHash, hash(scope.user))
}

/** The texts of a request as hashes. */
export function setHashes({ endpoint, body, scope }: CallStart, recording: CallRecording, set: SetAttribute): void {
  const { hash, promptHash, systemHash } = recording
  const { system, user } = promptTexts(endpoint.api, body)
  if (user !== '') set(TIDEMARK.inputHash, hash(normalisedInput(user)))
  if (scope.promptTemplate !== undefined) set(TIDEMARK.promptHash, promptHash(scope.promptTemplate))
  else if (system !== '') set(TIDEMARK.promptHash, systemHash(system))
  const tools = toolDefinitions(body)
  if (tools !== undefined) set(TIDEMARK.toolsHash, toolsHash(tools, promptHash))
}

/** Agents give the same list with every call: it is written out again only where it has grown or shrunk. */
function toolsHash(tools: readonly unknown[], hash: HashText): string {
  const known = knownTools.get(tools)
  if (known?.hash === hash && known.length === tools.length) return known.digest
  const digest = hash(JSON.stringify(tools))
  knownTools.set(tools, { hash, length: tools.length, digest })
  return digest
}
const knownTools = new WeakMap<object, { readonly hash: HashText; readonly length: number; readonly digest: string }>()

/** What the answer says of itself; facts it does not have are absent. */
export function setResponse({ answer, finishReasons, tokens, ...facts }: ResponseFacts, set: SetAttribute): void {
  set(ATTRIBUTE.responseId, facts.id)
  set(ATTRIBUTE.responseModel, facts.model)
  set(ATTRIBUTE.systemFingerprint, facts.systemFingerprint)
  set(ATTRIBUTE.serviceTier, facts.serviceTier)
  set(ATTRIBUTE.inputTokens, tokens.input)
  set(ATTRIBUTE.outputTokens, tokens.output)
  set(ATTRIBUTE.cacheReadInputTokens, tokens.cacheReadInput)
  set(ATTRIBUTE.reasoningOutputTokens, tokens.reasoningOutput)
  if (finishReasons.length > 0) set(ATTRIBUTE.finishReasons, [...finishReasons])
  if (answer === undefined) return
  const { text, toolCalls, isRefused } = answer
  set(TIDEMARK.outputShape, answerShape({ text, hasToolCalls: toolCalls.length > 0, isRefused }))
  set(TIDEMARK.outputCharacters, text.length)
}

export function setHead(head: AnswerHead | undefined, set: SetAttribute): void {
  set(TIDEMARK.providerRequestId, head?.requestId)
  // an answer that is good says so by having no error
  if (head !== undefined && head.status >= 400) set(ATTRIBUTE.httpStatusCode, head.status)
}
