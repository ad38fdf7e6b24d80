import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  createJudge,
  createJudgeClient,
  parseRubric,
  type Judge,
  type JudgeClient,
  type JudgeItem,
  type JudgeSettings,
  type Rubric,
} from '../../src/scoring/judge/index.ts'
import { judgeStore } from '../../src/service/judge-store.ts'
import type { Store } from '../../src/store/open-store.ts'

/** A request as the provider got it. */
export type Asked = {
  readonly body: Readonly<Record<string, unknown>>
  readonly system: string
  readonly user: string
}

export type Reply =
  /** The text of the message; with it what a completion has besides. */
  | {
      readonly content: string | null
      readonly refusal?: string
      readonly finishReason?: string
      readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number } | null
    }
  | { readonly status: number; readonly message: string }
  /** The connection is cut. */
  | 'reset'
  /** Headers never come. */
  | 'stall'
  /** Headers come, the body never does. */
  | 'stall_in_body'

export type LoopbackProvider = {
  readonly baseUrl: string
  readonly asked: readonly Asked[]
  close(): Promise<void>
}

/** A provider on loopback that answers as it is told and keeps what it was sent. */
export async function loopbackProvider(
  reply: (asked: Asked, number: number) => Reply | Promise<Reply>,
): Promise<LoopbackProvider> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    void respond(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { baseUrl: `http://127.0.0.1:${port}/v1`, asked, close: () => closeServer(server) }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Record<string, unknown>
    const messages = body['messages'] as readonly { role: string; content: string }[]
    const question = {
      body,
      system: messages.find(({ role }) => role === 'system')?.content ?? '',
      user: messages.find(({ role }) => role === 'user')?.content ?? '',
    }
    asked.push(question)
    send(response, await reply(question, asked.length), String(body['model']))
  }
}

function send(response: ServerResponse, reply: Reply, model: string): void {
  if (reply === 'stall') return
  if (reply === 'reset') {
    response.destroy()
    return
  }
  if (reply === 'stall_in_body') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"id": "chatcmpl-')
    return
  }
  if ('status' in reply) {
    response.writeHead(reply.status, { 'content-type': 'application/json', 'retry-after-ms': '1' })
    response.end(JSON.stringify({ error: { message: reply.message, type: 'invalid_request_error' } }))
    return
  }
  const {
    content,
    refusal = null,
    finishReason = 'stop',
    usage = { prompt_tokens: 400, completion_tokens: 60 },
  } = reply
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(
    JSON.stringify({
      id: 'chatcmpl-1',
      object: 'chat.completion',
      created: 1,
      model,
      choices: [
        { index: 0, message: { role: 'assistant', content, refusal }, finish_reason: finishReason, logprobs: null },
      ],
      ...(usage === null ? {} : { usage: { ...usage, total_tokens: usage.prompt_tokens + usage.completion_tokens } }),
    }),
  )
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise<void>((resolve) => server.close(() => resolve()))
}

export function judgement(choice: string, reasons = 'It answers the question.'): Reply {
  return { content: JSON.stringify({ reasons, choice }) }
}

export const RUBRIC: Rubric = parseRubric(
  '---\nchoices:\n  excellent: 1\n  good: 0.5\n  poor: 0\n---\nHow well does the output answer the input?\n',
  'rubric.md',
)

export const NOON = Date.UTC(2026, 9, 5, 12)

/** A dollar for a thousand tokens, so that small numbers show. */
export function dollarPerThousand({
  inputTokens,
  outputTokens,
}: {
  inputTokens: number
  outputTokens: number
}): number {
  return (inputTokens + outputTokens) / 1000
}

export type JudgeUnderTest = { readonly judge: Judge; readonly client: JudgeClient }

/** A judge against a loopback provider, on a real store. */
export function judgeOn(
  store: Store,
  provider: Pick<LoopbackProvider, 'baseUrl'>,
  options: Partial<JudgeSettings> & {
    readonly price?: typeof dollarPerThousand
    readonly timeoutMilliseconds?: number
    readonly clock?: () => number
  } = {},
): JudgeUnderTest {
  const { price, timeoutMilliseconds = 5000, clock = () => NOON, ...settings } = options
  const client = createJudgeClient(
    { baseUrl: provider.baseUrl, apiKey: 'none', timeoutMilliseconds, retries: settings.retries ?? 0 },
    { agent: 'judge-of-triage', price },
  )
  const judge = createJudge(
    {
      rubric: RUBRIC,
      model: 'judge-1',
      temperature: 0,
      maximumOutputTokens: 200,
      maximumCharacters: 20_000,
      retries: 0,
      limits: { microUsd: 1000e6, calls: 1000, tokens: 10_000_000 },
      ...settings,
    },
    {
      client,
      store: judgeStore(store.db, { agent: 'triage', judge: 'helpfulness' }),
      price: { provider: 'openai', price },
      clock,
    },
  )
  return { judge, client }
}

export function item(record: string, output = 'A refund takes five days.'): JudgeItem {
  return {
    record,
    parts: [
      { title: 'input', text: 'How long does a refund take?' },
      { title: 'output', text: output },
    ],
  }
}

export const BATCH = { concurrency: 4, itemMilliseconds: 5000, batchMilliseconds: 30_000 }
