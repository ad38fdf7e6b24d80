import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { AddressInfo } from 'node:net'
import type { ChatAnswer, ChatFailure, ChatQuestion } from './openai-server.ts'
import { createOpenAIServer } from './openai-server.ts'

/** A provider that runs in a thread of its own, so that it does not take the agent's processor time. */
export type LoopbackProvider = {
  /** For the client's `baseURL`. */
  readonly baseUrl: string
  /** From now on this model answers, whatever name the agent asks for. */
  serveModel(name: string): Promise<void>
  stop(): Promise<void>
}

type Message =
  | { readonly kind: 'listening'; readonly port: number }
  | { readonly kind: 'serving'; readonly name: string }

/** Starts `file` as a thread, which calls {@link runProviderThread}. */
export async function startProvider(file: URL, data: unknown): Promise<LoopbackProvider> {
  const worker = new Worker(file, { workerData: data })
  const next = (isWanted: (message: Message) => boolean): Promise<Message> =>
    new Promise((resolve, reject) => {
      const onMessage = (message: Message): void => {
        if (!isWanted(message)) return
        worker.off('message', onMessage)
        worker.off('error', reject)
        resolve(message)
      }
      worker.on('message', onMessage)
      worker.once('error', reject)
    })
  const listening = await next((message) => message.kind === 'listening')
  const port = listening.kind === 'listening' ? listening.port : 0
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    async serveModel(name) {
      const served = next((message) => message.kind === 'serving' && message.name === name)
      worker.postMessage(name, [])
      await served
    },
    async stop() {
      await worker.terminate()
    },
  }
}

/** The inside of the thread: a server whose answers depend on the model that is served now. */
export function runProviderThread(
  models: readonly [string, ...string[]],
  answer: (question: ChatQuestion, model: string) => ChatAnswer | ChatFailure,
): void {
  const port = parentPort
  if (isMainThread || port === null) throw new Error('runProviderThread belongs into a worker thread.')
  let model = models[0]
  const server = createOpenAIServer({ models, answer: (question) => answer(question, model) })
  const tell = (message: Message): void => port.postMessage(message, [])
  port.on('message', (name: string) => {
    model = name
    tell({ kind: 'serving', name })
  })
  server.listen(0, '127.0.0.1', () => {
    const address: AddressInfo | string | null = server.address()
    tell({ kind: 'listening', port: typeof address === 'object' && address !== null ? address.port : 0 })
  })
}

/** The file of a thread beside `importer`: sources run as they are, the build has `.js`. */
export function threadFile(name: string, importer: string): URL {
  return new URL(`./${name}.${importer.endsWith('.ts') ? 'ts' : 'js'}`, importer)
}
