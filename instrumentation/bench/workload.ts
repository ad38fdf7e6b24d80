import type { ChatCompletionCreateParams } from 'openai/resources/chat/completions'

/** What every variant is asked to do. The texts differ from call to call: nothing that remembers texts gains by it. */
export const SCENARIOS = ['plain2kB', 'plain100kB', 'stream'] as const
export type Scenario = (typeof SCENARIOS)[number]

export const MODEL = 'gpt-4o-mini'
/** Events of a streamed answer with content; a usage event and the end marker follow. */
export const STREAM_CHUNKS = 98

/** Sends a request and reads the answer to its end. */
export type Request = ChatCompletionCreateParams
export type Create = (body: Request) => Promise<unknown>

export interface Batch {
  readonly scenario: Scenario
  readonly calls: number
  readonly concurrency: number
}

const BODIES = 64
const SYSTEM = sentence('You classify support tickets and answer with one JSON object.', 1024)

export function requestBodies(scenario: Scenario): readonly Request[] {
  const characters = scenario === 'plain100kB' ? 100_000 : 2048
  return Array.from({ length: BODIES }, (_, index) => ({
    model: MODEL,
    temperature: 0,
    ...(scenario === 'stream' ? { stream: true, stream_options: { include_usage: true } } : {}),
    messages: [
      { role: 'system', content: SYSTEM },
      {
        role: 'user',
        content: sentence(`Ticket ${index}: the invoice shows the amount twice.`, characters - SYSTEM.length),
      },
    ],
  }))
}

/** Makes the calls with so many at a time; returns how long each took, milliseconds. */
export async function runBatch(create: Create, bodies: readonly Request[], batch: Batch): Promise<readonly number[]> {
  const durations: number[] = []
  let next = 0
  const worker = async (): Promise<void> => {
    while (next < batch.calls) {
      const body = bodies[next++ % bodies.length]
      if (body === undefined) throw new Error('there is no request to send')
      const startedAt = performance.now()
      await readToEnd(await create(body))
      durations.push(performance.now() - startedAt)
    }
  }
  await Promise.all(Array.from({ length: batch.concurrency }, worker))
  return durations
}

async function readToEnd(answer: unknown): Promise<void> {
  if (!isIterable(answer)) return
  for await (const chunk of answer) if (chunk === undefined) throw new Error('a stream gave an empty chunk')
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value
}

/** A flat string: a rope would be flattened inside the first measured call. */
function sentence(start: string, characters: number): string {
  const text = `${start} It was paid on the first reminder, and the customer asks for the difference. `
  return Buffer.from(text.repeat(Math.ceil(characters / text.length)).slice(0, characters)).toString('latin1')
}
