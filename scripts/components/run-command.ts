import { spawn } from 'node:child_process'
import { setPriority } from 'node:os'

export interface CommandOptions {
  cwd?: string
  environment?: NodeJS.ProcessEnv
  /** Called every 15 seconds with the seconds since the start. */
  onProgress?: (seconds: number) => void
}

/** Runs a command to its end and returns what it wrote. Throws with its last lines when it fails or cannot start. */
export async function runCommand(
  command: string,
  parameters: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const { cwd, environment = process.env, onProgress } = options
  const started = Date.now()
  const child = spawn(command, parameters, { cwd, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  // a build must not starve what the developer is doing
  if (onProgress !== undefined && child.pid !== undefined) setPriority(child.pid, 10)
  const timer = onProgress && setInterval(() => onProgress(Math.round((Date.now() - started) / 1000)), 15_000)
  let output = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk))
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk))
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', resolve)
    })
    if (code !== 0)
      throw new Error(`${command} ${parameters[0] ?? ''} failed (exit ${code}): ${lastLines(errors || output)}`)
    return output
  } finally {
    clearInterval(timer)
  }
}

const lastLines = (text: string): string => text.trim().split('\n').slice(-4).join(' | ')
