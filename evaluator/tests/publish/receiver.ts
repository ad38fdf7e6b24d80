import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'

export type Received = { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }

export type Receiver = {
  readonly url: string
  readonly received: Received[]
  /** Status of the next answers. */
  status: number
  stop(): Promise<void>
}

/** A server on loopback that keeps what it is sent. */
export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = []
  const keep = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(request)
    received.push({ path: request.url ?? '', headers: request.headers, body })
    response.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}')
  }
  const server = createServer((request, response) => {
    void keep(request, response)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the receiver has no port')
  const receiver: Receiver = {
    url: `http://127.0.0.1:${address.port}`,
    received,
    status: 200,
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
  return receiver
}
