/** A worker thread that escalates to its own outbox on a shared folder, and tells the ids once all are on disk. */
import { parentPort, workerData } from 'node:worker_threads'
import { createTidemark } from '../src/index.ts'

const tidemark = createTidemark({ agent: 'threaded', outbox: String(workerData), hashKey: 'a key for the tests' })
const escalations = await Promise.all(
  Array.from({ length: 20 }, (_, number) =>
    tidemark.escalate({ reason: 'policy', question: `Case ${number}?`, context: {}, input: null, output: null }),
  ),
)
parentPort?.once('message', () => {
  // nothing else keeps the thread alive
  void tidemark.shutdown(0)
})
parentPort?.postMessage(
  escalations.map(({ id }) => id),
  [],
)
