import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PROGRAM = fileURLToPath(new URL('../bin/tidemark.js', import.meta.url))

/** The evaluator in a process of its own, on one core. */
export type ServedEvaluator = {
  readonly url: string
  /** Memory that the process holds, bytes. */
  residentBytes(): number
  /** CPU time it has used, seconds. */
  cpuSeconds(): number
  stop(): Promise<void>
}

/** Command and arguments that keep a program on the first core, where the system has `taskset`. */
export function onOneCore(command: string, parameters: readonly string[]): readonly [string, readonly string[]] {
  const isThere = spawnSync('taskset', ['--version']).status === 0
  return isThere ? ['taskset', ['-c', '0', command, ...parameters]] : [command, parameters]
}

/** Starts `tidemark serve` on a store, with the configuration it has by default but for the store and the port. */
export async function serveEvaluator(folder: string, storeUrl: string): Promise<ServedEvaluator> {
  const config = join(folder, 'tidemark.yaml')
  writeFileSync(config, JSON.stringify({ store: { url: storeUrl }, listen: { port: 0 }, limits: { agents: 500 } }))
  const parameters = [PROGRAM, 'serve', '--config', config, '--json', '--log-level', 'error']
  const [command, rest] = onOneCore(process.execPath, parameters)
  const child = spawn(command, rest, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] })
  const url = await announcedUrl(child)
  const pid = child.pid ?? 0
  return {
    url,
    residentBytes: () => 1024 * Number(/^VmRSS:\s+(\d+)/mu.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0),
    cpuSeconds() {
      // user and system time, in ticks of a hundredth of a second
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      return (Number(fields[11]) + Number(fields[12])) / 100
    },
    async stop() {
      const ended = once(child, 'exit')
      child.kill('SIGTERM')
      await ended
    },
  }
}

async function announcedUrl(child: ChildProcess): Promise<string> {
  let text = ''
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk)
    const url = /"url": "([^"]+)"/u.exec(text)?.[1]
    if (url !== undefined) return url
  }
  throw new Error(`tidemark serve did not start: ${text}`)
}
