/** A sender in a process of its own, as an application that has set its instrumentation up: makes its calls, exports, ends. */
import { parseArgs } from 'node:util'
import { startSender } from './senders.ts'

const { values } = parseArgs({
  options: {
    sender: { type: 'string', default: '' },
    folder: { type: 'string', default: '' },
    provider: { type: 'string', default: '' },
    collector: { type: 'string', default: '' },
    calls: { type: 'string', default: '1' },
  },
})
const { ask, flush } = await startSender(values.sender, values.folder, values)
for (let call = 0; call < Number(values.calls); call += 1) await ask('Where is my parcel?')
await flush()
// some exporters keep a timer
process.exit(0)
