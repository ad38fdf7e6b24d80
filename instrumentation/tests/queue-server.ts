import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'

export interface QueueServer extends AsyncDisposable {
  readonly url: string
  /** Every delivery, repeated ones too. */
  readonly deliveries: readonly {
    readonly headers: IncomingHttpHeaders
    readonly body: Readonly<Record<string, unknown>>
  }[]
}

/** A review queue on loopback; `answer` is called with the number of the delivery, 201 by default. */
export async function startQueue(
  answer: (response: ServerResponse, delivery: number) => void = accept,
): Promise<QueueServer> {
  const deliveries: { headers: IncomingHttpHeaders; body: Readonly<Record<string, unknown>> }[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      if (request.url !== '/v1/escalations' || request.method !== 'POST') {
        response.writeHead(404).end()
        return
      }
      deliveries.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString('utf8')) })
      answer(response, deliveries.length - 1)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    deliveries,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function accept(response: ServerResponse): void {
  response.writeHead(201, { 'content-type': 'application/json' }).end('{}')
}
