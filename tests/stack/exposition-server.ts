import { createServer } from 'node:http'

export interface ExpositionServer {
  /** `127.0.0.1:<port>`, for Prometheus' configuration. */
  target: string
  close: () => Promise<void>
}

/** Serves what `exposition` returns at each scrape, as Prometheus text: one line per series, without timestamps. */
export async function expositionServer(exposition: () => readonly string[]): Promise<ExpositionServer> {
  const server = createServer((_, response) => {
    // Prometheus 3 refuses a scrape without a content type
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(`${exposition().join('\n')}\n`)
  })
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the exposition server has no port')
  return {
    target: `127.0.0.1:${address.port}`,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
