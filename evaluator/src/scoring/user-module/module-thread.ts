import { parentPort, workerData } from 'node:worker_threads'
import { pathToFileURL } from 'node:url'
import type { ScorableRecord } from '../scorer.ts'
import type { ThreadData, ThreadReply, ThreadRequest } from './module-messages.ts'

type ScoreFunction = (record: ScorableRecord, options: Readonly<Record<string, unknown>>) => unknown

if (parentPort === null) throw new Error('this file is the inside of a worker thread')
const port = parentPort
const data: ThreadData = workerData

const score = await load(data)
if (typeof score === 'function') {
  let work = Promise.resolve()
  port.on('message', ({ records }: ThreadRequest) => {
    work = work.then(() => scoreAll(records, score))
  })
  tell({ kind: 'ready' })
} else {
  tell({ kind: 'not_loaded', detail: score.problem })
}

async function load({ file, exportName }: ThreadData): Promise<ScoreFunction | { readonly problem: string }> {
  let exports: Readonly<Record<string, unknown>>
  try {
    exports = await import(pathToFileURL(file).href)
  } catch (error) {
    return { problem: messageOf(error) }
  }
  const found = exports[exportName]
  if (isFunction(found)) return found
  return {
    problem: `${file} exports no function ${exportName}; it exports ${Object.keys(exports).join(', ') || 'nothing'}`,
  }
}

/** Every answer goes out before the next record is begun: what hangs or crashes is the first that has none. */
async function scoreAll(records: readonly ScorableRecord[], scoreOne: ScoreFunction): Promise<void> {
  for (const record of records) {
    try {
      tell({ kind: 'returned', value: await scoreOne(record, data.options) })
    } catch (error) {
      tell({ kind: 'failed', detail: messageOf(error) })
    }
  }
}

function tell(reply: ThreadReply): void {
  port.postMessage(reply, [])
}

function isFunction(value: unknown): value is ScoreFunction {
  return typeof value === 'function'
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
