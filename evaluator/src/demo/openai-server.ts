import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { LATENCY_HEADER } from './latency-header.ts'

/** A request for a chat completion; everything in it came over the wire. */
export type ChatQuestion = {
  readonly body: Readonly<Record<string, unknown>>
  header(name: string): string | undefined
}

export type ToolCallAnswer = { readonly name: string; readonly arguments: string }

/** What a provider answers. `usage` and `latencySeconds` are null where nothing is known. */
export type ChatAnswer = {
  readonly kind: 'answer'
  readonly model: string
  readonly content: string | null
  readonly toolCalls: readonly ToolCallAnswer[]
  readonly finishReason: 'stop' | 'length' | 'tool_calls' | 'content_filter'
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null
  readonly latencySeconds: number | null
}

/** A refusal of the request itself, in the form of the API's errors. */
export type ChatFailure = { readonly kind: 'failure'; readonly status: number; readonly message: string }

export type OpenAIServerOptions = {
  readonly models: readonly string[]
  readonly answer: (question: ChatQuestion) => ChatAnswer | ChatFailure
}

/** A request larger than this is refused, bytes. */
const MAXIMUM_BODY = 4 * 1024 * 1024

/** An OpenAI-compatible server for chat completions and the list of models; everything else is a 404 in JSON. */
export function createOpenAIServer({ models, answer }: OpenAIServerOptions): Server {
  let served = 0
  return createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    served += 1
    const number = served
    const path = (request.url ?? '/').split('?')[0]
    if (path === '/v1/models' && request.method === 'GET') return sendJson(response, 200, modelList(models))
    if (path !== '/v1/chat/completions') return sendError(response, 404, `There is no ${request.method} ${path} here.`)
    if (request.method !== 'POST') return sendError(response, 405, `Use POST for ${path}.`)
    readBody(request, (text) => {
      const body = text === undefined ? undefined : parsedObject(text)
      if (body === undefined) return sendError(response, 400, 'The body is no JSON object, or longer than 4 MiB.')
      if (body['stream'] === true) return sendError(response, 400, 'This provider does not stream: leave out stream.')
      const result = answer({ body, header: (name) => textOf(request.headers[name]) })
      if (result.kind === 'failure') return sendError(response, result.status, result.message)
      response.setHeader('x-request-id', `req_${number}`)
      if (result.latencySeconds !== null) response.setHeader(LATENCY_HEADER, String(result.latencySeconds))
      sendJson(response, 200, completion(number, result))
    })
  })
}

function completion(number: number, answer: ChatAnswer): unknown {
  const toolCalls = answer.toolCalls.map((call, index) => ({
    id: `call_${number}_${index}`,
    type: 'function',
    function: { name: call.name, arguments: call.arguments },
  }))
  return {
    id: `chatcmpl-${number}`,
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1000),
    model: answer.model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: answer.content,
          refusal: null,
          ...(toolCalls.length === 0 ? {} : { tool_calls: toolCalls }),
        },
        logprobs: null,
        finish_reason: answer.finishReason,
      },
    ],
    ...(answer.usage === null ? {} : { usage: usageOf(answer.usage) }),
  }
}

function usageOf({ inputTokens, outputTokens }: NonNullable<ChatAnswer['usage']>): unknown {
  return { prompt_tokens: inputTokens, completion_tokens: outputTokens, total_tokens: inputTokens + outputTokens }
}

function modelList(models: readonly string[]): unknown {
  return { object: 'list', data: models.map((id) => ({ id, object: 'model', created: 0, owned_by: 'tidemark' })) }
}

function readBody(request: IncomingMessage, done: (text: string | undefined) => void): void {
  const chunks: Buffer[] = []
  let size = 0
  request.on('data', (chunk: Buffer) => {
    size += chunk.length
    if (size <= MAXIMUM_BODY) chunks.push(chunk)
  })
  request.on('end', () => done(size > MAXIMUM_BODY ? undefined : Buffer.concat(chunks).toString('utf8')))
}

function parsedObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function sendError(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: 'invalid_request_error', param: null, code: null } })
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': body.length })
  response.end(body)
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
