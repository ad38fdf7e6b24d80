import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export type Question = { readonly id: string; readonly run: number; readonly headers: IncomingHttpHeaders }

/** An agent that is paid for by the call: it keeps every question, and may hold its answers back. */
export async function countingProvider(
  answer: (question: Question) => { status?: number; body: unknown } | null = () => ({
    body: { output: '{"label":"a"}', validation: 'valid', costUsd: 0.01 },
  }),
) {
  const questions: Question[] = []
  const held: (() => void)[] = []
  let isHolding = false
  const waiting: (() => void)[] = []
  const server = createServer((request, response: ServerResponse) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { id, run } = JSON.parse(Buffer.concat(chunks).toString()) as { id: string; run: number }
      const question = { id, run, headers: request.headers }
      questions.push(question)
      const said = answer(question)
      const reply = (): void => {
        if (said === null) return void response.destroy()
        response.writeHead(said.status ?? 200, { 'content-type': 'application/json' }).end(JSON.stringify(said.body))
      }
      if (isHolding) held.push(reply)
      else reply()
      for (const tell of waiting.splice(0)) tell()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/run`,
    questions,
    hold(): void {
      isHolding = true
    },
    release(): void {
      isHolding = false
      for (const reply of held.splice(0)) reply()
    },
    /** Resolves once so many questions have come. */
    async come(count: number): Promise<void> {
      while (questions.length < count) await new Promise<void>((resolve) => waiting.push(resolve))
    },
    async close(): Promise<void> {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
