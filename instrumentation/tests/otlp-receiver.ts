import { createServer } from 'node:http'

export interface ReceivedSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | undefined
}

export interface OtlpReceiver extends AsyncDisposable {
  readonly url: string
  readonly spans: readonly ReceivedSpan[]
  /** Name of each metric that came, repeated. */
  readonly metrics: readonly string[]
  readonly resources: readonly string[]
}

interface Export {
  readonly resourceSpans?: readonly {
    readonly resource: unknown
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[]
  }[]
  readonly resourceMetrics?: readonly {
    readonly resource: unknown
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[]
  }[]
}

/** Takes OTLP/HTTP JSON on loopback; with `isHanging` it takes requests and never answers. */
export async function startReceiver({ isHanging = false } = {}): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = []
  const metrics: string[] = []
  const resources: string[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { resourceSpans = [], resourceMetrics = [] }: Export = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)))
      metrics.push(
        ...resourceMetrics.flatMap(({ scopeMetrics }) =>
          scopeMetrics.flatMap((scope) => scope.metrics.map(({ name }) => name)),
        ),
      )
      resources.push(...[...resourceSpans, ...resourceMetrics].map(({ resource }) => JSON.stringify(resource)))
      if (!isHanging) response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    spans,
    metrics,
    resources,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
