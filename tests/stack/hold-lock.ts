/** A process of its own for `build-lock.test.ts`: holds a lock, writes when it enters and leaves, or dies inside. */
import { appendFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { withBuildLock } from '../../scripts/components/build-lock.ts'

const [lock = '', journal = '', name = '', dies = ''] = process.argv.slice(2)

await withBuildLock(
  lock,
  (holder) => appendFileSync(journal, `${name} waits for ${holder}\n`),
  async () => {
    appendFileSync(journal, `${name} enters\n`)
    if (dies === 'dies') process.kill(process.pid, 'SIGKILL')
    await pause(300)
    appendFileSync(journal, `${name} leaves\n`)
  },
)
