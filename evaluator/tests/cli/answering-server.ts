import { once } from 'node:events'
import { createServer } from 'node:http'

/** A server on this machine that answers every path as it is told, and says with what it was asked. */
export async function answeringServer(
  answer: (path: string, headers: NodeJS.Dict<string | string[]>) => { status?: number; body: unknown; date?: string },
): Promise<{ readonly url: string; readonly port: number; stop(): Promise<void> }> {
  const server = createServer((request, response) => {
    const { status = 200, body, date } = answer((request.url ?? '').split('?')[0] ?? '', request.headers)
    if (date !== undefined) response.setHeader('date', date)
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    port: address.port,
    stop: async () => {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
