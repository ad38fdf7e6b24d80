import { createServer, type IncomingHttpHeaders } from 'node:http'
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
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      received.push({ path: request.url ?? '', headers: request.headers, body })
      response.writeHead(receiver.status, { 'content-type': 'application/json' }).end('{}')
    })
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
