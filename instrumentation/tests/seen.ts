import type OpenAI from 'openai'
import type { Setting } from './client-setting.ts'

/** What an application can see of a call. */
export interface Seen {
  readonly value?: unknown
  readonly error?: {
    readonly className: string
    readonly message: string
    readonly status: unknown
    readonly code: unknown
    readonly requestId: unknown
  }
  readonly requests: readonly object[]
}

export async function seen({ provider, client }: Setting, use: (client: OpenAI) => Promise<unknown>): Promise<Seen> {
  const requestsSeen = () =>
    provider.requests.map(({ path, headers, body }) => ({
      path,
      body,
      retryCount: headers['x-stainless-retry-count'],
      timeout: headers['x-stainless-timeout'],
      idempotencyKey: headers['idempotency-key'],
      authorization: headers.authorization,
    }))
  try {
    return { value: await use(client), requests: requestsSeen() }
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const requestId: unknown = Reflect.get(error, 'requestID')
    return {
      error: {
        className: error.constructor.name,
        message: error.message,
        status: Reflect.get(error, 'status'),
        code: Reflect.get(error, 'code'),
        requestId,
      },
      requests: requestsSeen(),
    }
  }
}
