import type { AddressInfo } from 'node:net'
import { createOpenAIServer, type ChatQuestion } from '../../src/demo/openai-server.ts'
import {
  createJudge,
  createJudgeClient,
  judgeBatch,
  parseRubric,
  type Choices,
  type JudgeAnswer,
  type JudgeItem,
} from '../../src/scoring/judge/index.ts'
import { judgeStore } from '../../src/service/judge-store.ts'
import { openStore } from '../../src/store/open-store.ts'
import { COMPARED, RATED, type RecordedQuestion } from './recorded-answer.ts'

/** Asks recorded questions the way production asks: request, fence, provider over HTTP, reading, store. */
export type RecordedJudge = {
  /** Answers by the questions' keys. A question that was asked before is answered from the judge's store. */
  ask(
    model: string,
    questions: readonly RecordedQuestion[],
    kind: RecordedQuestion['kind'],
  ): Promise<Map<string, JudgeAnswer>>
  /** Requests that reached the provider. */
  readonly requests: number
  close(): Promise<void>
}

const RUBRICS: Readonly<Record<RecordedQuestion['kind'], { readonly text: string; readonly choices: Choices }>> = {
  compared: { text: 'Which output answers the input better?', choices: COMPARED },
  rated: { text: 'How well does the output answer the input, from 0 (not at all) to 9?', choices: RATED },
}

const LIMITS = { concurrency: 8, itemMilliseconds: 60_000, batchMilliseconds: 600_000 }

/** The part by which the provider finds the recording. */
const KEY_PART = 'recording'

/** A judge whose provider, a server on loopback, answers with what was recorded. */
export async function startRecordedJudge(): Promise<RecordedJudge> {
  const replies = new Map<string, string>()
  let requests = 0
  const server = createOpenAIServer({
    models: [],
    answer: (question) => {
      requests++
      const reply = replies.get(keyIn(question))
      if (reply === undefined)
        return { kind: 'failure', status: 404, message: 'There is no recording of this question.' }
      return {
        kind: 'answer',
        model: String(question.body['model']),
        content: reply,
        toolCalls: [],
        finishReason: 'stop',
        usage: { inputTokens: 1, outputTokens: 1 },
        latencySeconds: null,
      }
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const baseUrl = `http://127.0.0.1:${portOf(server.address())}/v1`
  const store = await openStore('sqlite::memory:')
  const client = createJudgeClient(
    { baseUrl, apiKey: 'none', timeoutMilliseconds: 60_000, retries: 0 },
    { agent: 'recorded-judge' },
  )
  return {
    async ask(model, questions, kind) {
      for (const { key, reply } of questions) replies.set(key, reply)
      const { text, choices } = RUBRICS[kind]
      const judge = createJudge(
        {
          rubric: parseRubric(text, kind, choices),
          model,
          temperature: 0,
          maximumOutputTokens: 1000,
          maximumCharacters: Infinity,
          retries: 0,
          limits: { calls: Infinity, tokens: Infinity, microUsd: Infinity },
        },
        {
          client,
          store: judgeStore(store.db, { agent: 'recorded', judge: kind }),
          price: { provider: 'openai', price: undefined },
          clock: Date.now,
        },
      )
      const { answers } = await judgeBatch(judge, questions.map(itemOf), LIMITS)
      return new Map(questions.flatMap(({ key }, i) => (answers[i] === undefined ? [] : [[key, answers[i]] as const])))
    },
    get requests() {
      return requests
    },
    async close() {
      await client.close()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await store.close()
    },
  }
}

function itemOf({ key, parts }: RecordedQuestion): JudgeItem {
  return { record: key, parts: [{ title: KEY_PART, text: key }, ...parts] }
}

/** The key out of the fence: the provider, too, has to find the data by the delimiter that the request names. */
function keyIn({ body }: ChatQuestion): string {
  const messages: unknown = body['messages']
  const user: unknown = Array.isArray(messages) ? messages.at(-1) : undefined
  const content: unknown = typeof user === 'object' && user !== null ? Reflect.get(user, 'content') : undefined
  const text = typeof content === 'string' ? content : ''
  const delimiter = /^The delimiter of this message is (?<delimiter>[0-9a-f]+)\./u.exec(text)?.groups?.['delimiter']
  const lines = text.split('\n')
  return lines[lines.indexOf(`BEGIN ${delimiter} ${KEY_PART}`) + 1] ?? ''
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the provider has no port')
  return address.port
}
