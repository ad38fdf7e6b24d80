/** The far side of the benchmark, in a process of its own: a provider, a collector, and one that never answers. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { gunzipSync } from 'node:zlib'
import { serveParent } from './parent-channel.ts'
import { completion, EVENTS } from './provider-answers.ts'
import { countSpans } from './span-count.ts'

export interface BackendUrls {
  readonly provider: string
  readonly collector: string
  readonly hanging: string
  /** Nobody listens there. */
  readonly refused: string
}

/** Spans that arrived, by variant: each sends to a path of its own. */
const spans = new Map<string, number>()

let answers = 0

const provider = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    if (request.url?.endsWith('/chat/completions') !== true) return response.writeHead(404).end()
    // the flag stands before the messages, so that no body is parsed
    if (body.includes('"stream":true')) return stream(response)
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'req_bench' })
    return response.end(completion(answers++))
  })
})

const collector = createServer((request, response) => {
  void bodyOf(request).then((body) => {
    const variant = request.url?.split('/')[1] ?? ''
    if (request.url?.endsWith('/v1/traces') === true) {
      const raw = request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
      spans.set(variant, (spans.get(variant) ?? 0) + countSpans(raw, request.headers['content-type'] ?? ''))
    }
    return response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
})

/** Takes connections and requests, and never answers. */
const hanging = createServer(() => undefined)

serveParent({
  start: async () => ({
    provider: await listen(provider),
    collector: await listen(collector),
    hanging: await listen(hanging),
    refused: await closedPort(),
  }),
  spans: () => Promise.resolve(Object.fromEntries(spans)),
})

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

/** One write for each event and turn of the loop: every event is a network read of its own. */
function stream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'x-request-id': 'req_bench' })
  let index = 0
  const write = (): void => {
    const event = EVENTS[index++]
    if (event === undefined) return void response.end()
    response.write(event)
    setImmediate(write)
  }
  write()
}

async function listen(server: Server): Promise<string> {
  server.keepAliveTimeout = 600_000
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return `http://127.0.0.1:${address.port}`
}

async function closedPort(): Promise<string> {
  const server = createServer()
  const url = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}
