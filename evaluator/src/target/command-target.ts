import { spawn } from 'node:child_process'
import { aborted, failed } from './http-target.ts'
import { answerOfText, badAnswer, LARGEST_ANSWER_BYTES } from './read-answer.ts'
import type { Target, TargetOutcome, TargetRequest } from './target.ts'
import { targetEnvironment } from './target-environment.ts'

const STDERR_KEPT = 400

/** An agent as a command: a process for each question, one JSON line in, JSON (or text) out. */
export function commandTarget(command: string): Target {
  const running = new Set<() => void>()
  return {
    ask: (request, signal) => ask(command, request, signal, running),
    close: async () => {
      for (const end of running) end()
    },
  }
}

async function ask(
  command: string,
  request: TargetRequest,
  signal: AbortSignal,
  running: Set<() => void>,
): Promise<TargetOutcome> {
  const { id, input, segment, run, origin, idempotencyKey } = request
  const started = performance.now()
  return await new Promise((resolve) => {
    // a process group of its own, so that what the shell started ends too
    const child = spawn(command, {
      shell: true,
      detached: true,
      stdio: 'pipe',
      env: { ...process.env, ...targetEnvironment(origin), TIDEMARK_IDEMPOTENCY_KEY: idempotencyKey },
    })
    const out: Buffer[] = []
    let bytes = 0
    let errors = ''
    const end = (): void => {
      if (child.pid === undefined || child.exitCode !== null) return
      try {
        process.kill(-child.pid, 'SIGKILL')
      } catch {
        // it has ended by itself
      }
    }
    running.add(end)
    signal.addEventListener('abort', end, { once: true })
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      if (bytes > LARGEST_ANSWER_BYTES) end()
      else out.push(chunk)
    })
    child.stderr.on('data', (chunk: Buffer) => (errors = (errors + chunk.toString()).slice(-STDERR_KEPT)))
    child.stdin.on('error', () => undefined)
    child.on('error', (error) => resolve(failed('unreachable', error.message)))
    child.on('close', (code, killed) => {
      running.delete(end)
      signal.removeEventListener('abort', end)
      if (signal.aborted) resolve(aborted(signal))
      else if (bytes > LARGEST_ANSWER_BYTES)
        resolve(badAnswer(`the answer is longer than ${LARGEST_ANSWER_BYTES} bytes`))
      else if (code !== 0) resolve(failed('crashed', `ended with ${code ?? killed}: ${errors.trim()}`))
      else resolve(answerOfCommand(Buffer.concat(out).toString('utf8'), (performance.now() - started) / 1000))
    })
    child.stdin.end(`${JSON.stringify({ id, input, segment, run })}\n`)
  })
}

/** Text that is no JSON is the answer itself, without the line end. */
function answerOfCommand(text: string, seconds: number): TargetOutcome {
  if (text.trim() === '') return badAnswer('the command wrote nothing to its standard output')
  const outcome = answerOfText(text, true, seconds)
  return outcome.kind === 'bad_answer' && !/^\s*[{[]/u.test(text)
    ? answerOfText(text.replace(/\r?\n$/u, ''), false, seconds)
    : outcome
}
