import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { recordedData } from '../../tests/recorded-data.ts'
import type { Answer } from './loopback-provider.ts'

/** One recorded exchange with an OpenAI-compatible provider. */
export interface Exchange {
  readonly id: string
  readonly api: string
  readonly request_body: string
  readonly status: number
  readonly response_headers: Readonly<Record<string, readonly string[]>>
  readonly response_body: string
  readonly stream: boolean
}

const COVERED = new Set(['chat.completions', 'responses', 'embeddings'])

/** All recorded exchanges of the covered endpoints, or undefined with one line where they are missing. */
export function recordedExchanges(): readonly Exchange[] | undefined {
  const folder = recordedData('http-cassettes')
  if (folder === undefined) return undefined
  return gunzipSync(readFileSync(`${folder}/exchanges.jsonl.gz`))
    .toString('utf8')
    .trim()
    .split('\n')
    .map((line): Exchange => JSON.parse(line))
    .filter(({ api }) => COVERED.has(api))
}

/** The header in which a test says which exchange it wants. */
export const EXCHANGE_HEADER = 'x-exchange'

/** Headers that speak of the recorded connection, not of the answer. */
const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'date', 'server', 'transfer-encoding', 'content-length'])

/** Answers with the recorded bytes. A stream comes in pieces of uneven length that respect neither events nor characters. */
export function replay(exchanges: readonly Exchange[]): Answer {
  return (response, request) => {
    const exchange = exchanges[Number(request.headers[EXCHANGE_HEADER])]
    if (exchange === undefined) throw new Error(`no exchange ${String(request.headers[EXCHANGE_HEADER])}`)
    const headers = Object.entries(exchange.response_headers).filter(([name]) => !OF_THE_CONNECTION.has(name))
    response.writeHead(exchange.status, Object.fromEntries(headers.map(([name, values]) => [name, values.join(', ')])))
    const bytes = Buffer.from(exchange.response_body, 'utf8')
    if (!exchange.stream) {
      response.end(bytes)
      return
    }
    const write = (from: number, piece: number): void => {
      if (from >= bytes.length) response.end()
      else {
        const to = from + (PIECES[piece % PIECES.length] ?? 1)
        response.write(bytes.subarray(from, to), () => setImmediate(() => write(to, piece + 1)))
      }
    }
    write(0, 0)
  }
}
const PIECES = [1, 700, 13, 4096, 257, 2000, 3]
