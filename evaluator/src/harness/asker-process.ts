import { describeError } from '../domain/errors.ts'
import { openTarget } from '../target/open-target.ts'
import { askAll, questionsOf, type Ended, type Limits } from './ask-all.ts'
import type { Example } from './example.ts'
import { openJournal, readJournal, type RunHead, type SetName } from './journal.ts'
import { holdRun } from './run-lock.ts'

/** From and to the command that started this process. */
export type Assignment = {
  readonly type: 'ask'
  readonly folder: string
  readonly head: RunHead
  readonly sets: readonly { readonly set: SetName; readonly examples: readonly Example[] }[]
  readonly limits: Omit<Limits, 'maxSpendUsd'> & { readonly maxSpendUsd: number | null }
}
export type Instruction = Assignment | { readonly type: 'stop' }
export type Report =
  | { readonly type: 'progress'; readonly done: number; readonly spentUsd: number }
  | { readonly type: 'ended'; readonly how: Ended }
  | { readonly type: 'failed'; readonly code: string; readonly message: string; readonly next: string }

/**
 * The process that asks and keeps the journal. It outlives the command: when that is killed, questions under way are waited
 * for and written down, so that nothing that was paid for is lost.
 */
const stop = new AbortController()
process.once('disconnect', () => stop.abort())
process.on('SIGTERM', () => stop.abort())
process.on('message', (instruction: Instruction) => {
  if (instruction.type === 'stop') stop.abort()
  else void ask(instruction)
})

async function ask({ folder, head, sets, limits }: Assignment): Promise<void> {
  const release = holdRun(folder)
  try {
    const journal = readJournal(folder)
    const writer = openJournal(folder)
    if (journal.head === null) writer.append(head)
    const target = openTarget(head.target, 'harness')
    let done = journal.results.length
    const how = await askAll(questionsOf(head.runs, sets), {
      head: journal.head ?? head,
      journal,
      writer,
      target,
      limits: { ...limits, maxSpendUsd: limits.maxSpendUsd ?? Infinity },
      stop: stop.signal,
      now: Date.now,
      random: Math.random,
      tell: (spentUsd) => report({ type: 'progress', done: (done += 1), spentUsd }),
    })
    await target.close()
    writer.close()
    release()
    report({ type: 'ended', how })
  } catch (error) {
    release()
    report({ type: 'failed', ...describeError(error) })
  }
  process.exitCode = 0
  if (process.connected) process.disconnect()
}

function report(message: Report): void {
  if (process.connected) process.send?.(message, () => undefined)
}
