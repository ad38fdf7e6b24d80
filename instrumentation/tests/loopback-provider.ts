import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

export interface SeenRequest {
  readonly path: string
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** Answers the request with this number, counted from 0. */
export type Answer = (response: ServerResponse, request: SeenRequest) => void

export interface LoopbackProvider extends AsyncDisposable {
  /** With `/v1`, as the client's `baseURL`. */
  readonly url: string
  readonly requests: readonly SeenRequest[]
  /** Requests whose connection the client has closed before the answer was complete. */
  readonly closedEarly: () => number
}

/** A real HTTP server on loopback; the last answer is repeated. */
export async function startProvider(...answers: readonly Answer[]): Promise<LoopbackProvider> {
  const requests: SeenRequest[] = []
  let closedEarly = 0
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = []
    response.on('close', () => {
      if (!response.writableFinished) closedEarly++
    })
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const request = {
        path: incoming.url ?? '',
        method: incoming.method ?? '',
        headers: incoming.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      }
      const answer = answers[Math.min(requests.length, answers.length - 1)]
      requests.push(request)
      answer?.(response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const { port } = address
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    closedEarly: () => closedEarly,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers })
    response.end(JSON.stringify(body))
  }
}

export const hang: Answer = () => undefined

export const reset: Answer = (response) => {
  response.socket?.resetAndDestroy()
}

/** Headers and half a body, then nothing. */
export const hangInBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_hanging' })
  response.write('{"id":"never')
}

/** An error whose body does not end. */
export const hangInErrorBody: Answer = (response) => {
  response.writeHead(400, { 'content-type': 'application/json' })
  response.write('{"error":')
}

/** A refusal whose body does not end. */
export function hangInThrottledBody(waitMilliseconds: number): Answer {
  return (response) => {
    response.writeHead(429, { 'content-type': 'application/json', 'retry-after-ms': String(waitMilliseconds) })
    response.write('{"error":')
  }
}

/** An error whose body breaks off. */
export const resetInErrorBody: Answer = (response) => {
  response.writeHead(503, { 'content-type': 'application/json' })
  response.write('{"error":', () => response.socket?.resetAndDestroy())
}

export const resetInBody: Answer = (response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"id":"never', () => response.socket?.resetAndDestroy())
}

/** Server-sent events, one write each; `end` says how the stream ends. */
export function events(data: readonly unknown[], end: 'done' | 'close' | 'reset' | 'hang' = 'done'): Answer {
  return (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_stream' })
    const texts = data.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`)
    if (end === 'done') texts.push('data: [DONE]\n\n')
    const write = (index: number): void => {
      const text = texts[index]
      if (text !== undefined) {
        response.write(text, () => setImmediate(() => write(index + 1)))
      } else if (end === 'reset') response.socket?.resetAndDestroy()
      else if (end !== 'hang') response.end()
    }
    write(0)
  }
}

export interface CompletionParts {
  readonly message?: object
  readonly finish_reason?: string
  readonly model?: string
}

export function completion(content: string | null, more: CompletionParts = {}): object {
  const { message, finish_reason = 'stop', ...rest } = more
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    system_fingerprint: 'fp_1',
    choices: [
      {
        index: 0,
        finish_reason,
        logprobs: null,
        message: { role: 'assistant', content, refusal: null, ...message },
      },
    ],
    usage: {
      prompt_tokens: 20,
      completion_tokens: 8,
      total_tokens: 28,
      prompt_tokens_details: { cached_tokens: 4 },
      completion_tokens_details: { reasoning_tokens: 2 },
    },
    ...rest,
  }
}

export function chunk(delta: object, more: object = {}): object {
  return {
    id: 'chatcmpl-s',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'gpt-4o-2024-08-06',
    choices: [{ index: 0, delta, finish_reason: null, ...more }],
  }
}
