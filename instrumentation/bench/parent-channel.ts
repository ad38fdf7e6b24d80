import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import type { Batch } from './workload.ts'

/** A process that answers requests, one at a time. */
export interface Child {
  ask<Answer>(command: string, argument?: Partial<Batch>): Promise<Answer>
  stop(): Promise<void>
}

interface Reply<Answer> {
  readonly answer: Answer
  readonly error?: string
}

/** Milliseconds a command may take; one that takes longer has hung. */
const COMMAND_MILLISECONDS = 15 * 60_000

export function startChild(file: URL, args: readonly string[]): Child {
  const child = fork(file, args, {
    execArgv: ['--expose-gc', '--no-warnings', ...profiling()],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  return {
    // the answers are those of our own files
    async ask<Answer>(command: string, argument = {}) {
      const reply = nextReply<Answer>(child)
      child.send({ command, argument })
      const { answer, error } = await reply
      if (error !== undefined) throw new Error(`${args.join(' ')} ${command}: ${error}`)
      return answer
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.disconnect()
      const kill = setTimeout(() => child.kill('SIGKILL'), 5000)
      await gone
      clearTimeout(kill)
    },
  }
}

/** Answers the parent; ends when the parent has gone. */
export function serveParent(commands: Readonly<Record<string, (batch: Batch) => Promise<unknown>>>): void {
  process.on('message', (message: { readonly command: string; readonly argument: Batch }) => {
    const run = commands[message.command]
    const answer = run === undefined ? Promise.reject(new Error('unknown command')) : run(message.argument)
    answer.then(
      (value) => process.send?.({ answer: value }),
      (error: unknown) =>
        process.send?.({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    )
  })
  process.on('disconnect', () => process.exit(0))
}

function nextReply<Answer>(child: ChildProcess): Promise<Reply<Answer>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error('no answer in time'))), COMMAND_MILLISECONDS)
    const heard = (reply: Reply<Answer>): void => settle(() => resolve(reply))
    const left = (): void => settle(() => reject(new Error('the process has ended')))
    const settle = (finish: () => void): void => {
      clearTimeout(timer)
      child.off('message', heard)
      child.off('exit', left)
      finish()
    }
    child.on('message', heard)
    child.on('exit', left)
  })
}

/** `BENCH_PROFILE=folder` writes a CPU profile of every process there. */
function profiling(): readonly string[] {
  const folder = process.env['BENCH_PROFILE']
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`]
}
