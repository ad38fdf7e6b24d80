import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../../bin/tidemark.js', import.meta.url))

export type Finished = { readonly code: number | null; readonly stdout: string; readonly stderr: string }

/** Runs the real program to its end. */
export async function tidemark(
  args: readonly string[],
  cwd: string,
  input = '',
  environment: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  return await startTidemark(args, cwd, input, environment).end
}

/** Starts the real program; `end` is its result. */
export function startTidemark(
  args: readonly string[],
  cwd: string,
  input = '',
  environment: Readonly<Record<string, string>> = {},
): { readonly child: ChildProcess; readonly end: Promise<Finished> } {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    cwd,
    stdio: 'pipe',
    env: { ...process.env, ...environment },
  })
  child.stdin.end(input)
  return { child, end: finished(child) }
}

export type Serving = {
  readonly url: string
  readonly child: ChildProcess
  /** What it has written to standard error so far. */
  log(): string
  /** Ends it as an operator would, and waits. */
  stop(): Promise<Finished>
  /** Ends it as a crash would, and waits. */
  kill(): Promise<void>
}

/** Starts `tidemark serve` and waits until it listens. */
export async function serve(config: string, cwd: string, logLevel = 'warn'): Promise<Serving> {
  const child = spawn(process.execPath, [PROGRAM, 'serve', '--config', config, '--json', '--log-level', logLevel], {
    cwd,
    stdio: 'pipe',
  })
  let log = ''
  child.stderr.on('data', (chunk: Buffer) => (log += chunk.toString()))
  const end = finished(child)
  const url = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      const match = /"url": "([^"]+)"/u.exec(text)
      if (match?.[1] !== undefined) resolve(match[1])
    })
    void end.then(({ code, stderr }) => reject(new Error(`tidemark serve ended with ${code}: ${stderr}`)))
  })
  return {
    url,
    child,
    log: () => log,
    stop: () => {
      child.kill('SIGTERM')
      return end
    },
    kill: async () => {
      child.kill('SIGKILL')
      await end
    },
  }
}

async function finished(child: ChildProcess): Promise<Finished> {
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }
}
