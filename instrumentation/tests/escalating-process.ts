/** A process that escalates until it is killed and prints the id of each escalation that resolved. Every case has a question of its own. */
import { writeSync } from 'node:fs'
import { createTidemark } from '../src/index.ts'

const [outbox, endpoint] = process.argv.slice(2)
if (outbox === undefined) throw new Error('usage: escalating-process.ts OUTBOX [ENDPOINT]')
const tidemark = createTidemark({
  agent: 'crashing',
  outbox,
  hashKey: 'a key for the tests',
  ...(endpoint === undefined ? {} : { endpoint }),
})
const escalateForEver = async (worker: number): Promise<void> => {
  for (let number = 0; ; number++) {
    const { id } = await tidemark.escalate({
      reason: 'policy',
      question: `Case ${number} of worker ${worker} of process ${process.pid}?`,
      context: { number },
      input: 'x'.repeat(500),
      output: null,
    })
    writeSync(1, `${id}\n`)
  }
}
await Promise.all([0, 1, 2].map(escalateForEver))
