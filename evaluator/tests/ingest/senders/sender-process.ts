/** A sender in a process of its own, as an application that has set its instrumentation up: makes its calls, exports, ends. */
import { parseArgs } from 'node:util'
import { startSender } from './senders.ts'

const { values } = parseArgs({
  options: {
    sender: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    provider: { type: 'string', default: '' },
    collector: { type: 'string', default: '' },
  },
})
const { ask, flush } = await startSender(values.sender, values.folder, values)
await ask('Where is my parcel?')
await flush()
// some exporters keep a timer
process.exit(0)
