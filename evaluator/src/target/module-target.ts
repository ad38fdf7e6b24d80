import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { TidemarkError } from '../domain/errors.ts'
import { aborted, failed } from './http-target.ts'
import { answerOfValue } from './read-answer.ts'
import type { Target, TargetOutcome, TargetRequest } from './target.ts'
import { targetEnvironment } from './target-environment.ts'

/** To the process of the module, and back. */
export type ModuleQuestion = { readonly number: number; readonly request: TargetRequest }
export type ModuleReply =
  | { readonly type: 'loaded' }
  | { readonly type: 'not_loaded'; readonly message: string }
  | { readonly type: 'answer'; readonly number: number; readonly value: unknown }
  | { readonly type: 'threw'; readonly number: number; readonly message: string }

type Waiting = { readonly started: number; readonly tell: (outcome: TargetOutcome) => void }
type Running = { readonly child: ChildProcess; readonly waiting: Map<number, Waiting> }

const PROCESS = fileURLToPath(
  new URL(`./module-process.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url),
)

/**
 * An agent as an exported async function `(input, question) => answer`, in a process of its own: when it crashes, the
 * questions under way have failed, and a new process takes the next ones.
 * @param path of the module, absolute; `name` of the export
 */
export function moduleTarget(path: string, name: string, origin: TargetRequest['origin']): Target {
  let running: Promise<Running> | null = null
  let numbers = 0
  async function start(): Promise<Running> {
    const child = fork(PROCESS, [path, name], {
      env: { ...process.env, ...targetEnvironment(origin) },
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    const waiting = new Map<number, Waiting>()
    child.once('exit', (code, killed) => {
      running = null
      for (const { tell } of waiting.values()) tell(failed('crashed', `the process ended with ${code ?? killed}`))
    })
    const first = await new Promise<ModuleReply | undefined>((resolve) => {
      child.once('message', (reply: ModuleReply) => resolve(reply))
      child.once('exit', () => resolve(undefined))
    })
    if (first?.type !== 'loaded')
      throw new TidemarkError(
        'target_invalid',
        first?.type === 'not_loaded' ? first.message : `The module ${path} ended while it was loaded.`,
        'Give a module that exports an async function: ./agent.ts, or ./agent.ts#name for another export than `run`.',
      )
    child.on('message', (reply: ModuleReply) => {
      if (reply.type === 'answer') settle(waiting, reply.number, (seconds) => answerOfValue(reply.value, seconds))
      else if (reply.type === 'threw') settle(waiting, reply.number, () => failed('threw', reply.message))
    })
    return { child, waiting }
  }
  return {
    async ask(request, signal) {
      running ??= start()
      const { child, waiting } = await running
      numbers += 1
      const number = numbers
      return await new Promise((resolve) => {
        const giveUp = (): void => {
          waiting.delete(number)
          resolve(aborted(signal))
        }
        signal.addEventListener('abort', giveUp, { once: true })
        waiting.set(number, {
          started: performance.now(),
          tell: (outcome) => {
            signal.removeEventListener('abort', giveUp)
            resolve(outcome)
          },
        })
        child.send({ number, request } satisfies ModuleQuestion, (error) => {
          if (error !== null) settle(waiting, number, () => failed('crashed', error.message))
        })
      })
    },
    async close() {
      const open = await running?.catch(() => null)
      if (open === null || open === undefined || open.child.exitCode !== null) return
      const ended = once(open.child, 'exit')
      open.child.kill('SIGTERM')
      await ended
    },
  }
}

function settle(
  waiting: Map<number, Waiting>,
  number: number,
  outcome: (latencySeconds: number) => TargetOutcome,
): void {
  const one = waiting.get(number)
  if (one === undefined) return
  waiting.delete(number)
  one.tell(outcome((performance.now() - one.started) / 1000))
}
