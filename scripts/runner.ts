import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Folder of the repository. */
export const ROOT = fileURLToPath(new URL('..', import.meta.url))

export type Step = { readonly name: string; readonly command: string; readonly args: readonly string[] }
export type StepResult = {
  readonly name: string
  readonly isGood: boolean
  readonly output: string
  readonly seconds: number
}

/** The checks that need no services: types, lint, format. */
export const STATIC_STEPS: readonly Step[] = [
  { name: 'types', command: 'tsc', args: ['-b'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
]

/** Runs a command of node_modules/.bin with its output kept for the report. */
export async function runStep({ name, command, args }: Step, environment: NodeJS.ProcessEnv = {}): Promise<StepResult> {
  const started = performance.now()
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${ROOT}node_modules/.bin:${process.env['PATH'] ?? ''}`, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk))
  const status = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
  const output = Buffer.concat(chunks).toString()
  return { name, isGood: status === 0, output, seconds: (performance.now() - started) / 1000 }
}

/** One line for a step that is good, its whole output for one that is not. */
export function report({ name, isGood, output, seconds }: StepResult): string {
  const line = `${isGood ? 'ok    ' : 'FAILED'} ${name} (${seconds.toFixed(1)} s)`
  return isGood ? line : `${line}\n${output}`
}
