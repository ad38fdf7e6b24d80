import type { CallRecord } from '../../src/domain/records.ts'
import { evaluatedCalls } from '../../src/service/collect-sample.ts'
import { agentsSeen } from '../../src/store/agents.ts'
import { openStore } from '../../src/store/open-store.ts'
import type { ServiceOnDisk } from '../service/service-on-disk.ts'
import type { ExportedBody } from './senders/exported.ts'

/** The calls since then as a slot would count them, of every agent, through a connection of its own. */
export async function evaluatedNow(disk: ServiceOnDisk, since: number): Promise<CallRecord[]> {
  const store = await openStore(disk.config.store.url)
  try {
    const calls: CallRecord[] = []
    for (const { name } of await agentsSeen(store.db))
      for (const { call } of await evaluatedCalls(store.db, name, { from: since, to: Date.now() + 1 })) calls.push(call)
    return calls
  } finally {
    await store.close()
  }
}

export interface Answered {
  readonly status: number
  readonly rejected: number
  readonly text: string
}

/** Sends a body as it is; the answer with the number of spans refused, where it is JSON. */
export async function post(url: string, path: string, sent: ExportedBody): Promise<Answered> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': sent.contentType,
      ...(sent.contentEncoding === '' ? {} : { 'content-encoding': sent.contentEncoding }),
    },
    body: sent.body,
  })
  const text = await response.text()
  const answer = text.startsWith('{') ? (JSON.parse(text) as { partialSuccess?: { rejectedSpans?: string } }) : {}
  return { status: response.status, rejected: Number(answer.partialSuccess?.rejectedSpans ?? 0), text }
}
