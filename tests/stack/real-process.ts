import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { waitFor } from './polling.ts'

export interface RealProcess {
  pid: number
  /** What it wrote so far, standard output and error together. */
  log: () => string
  /** Asks it to end, and ends it after 10 seconds. Resolves when it is gone. */
  stop: () => Promise<void>
}

export interface StartOptions {
  /** Names the log file. */
  name: string
  command: string
  parameters: readonly string[]
  /** Working directory and place of the log file. */
  folder: string
  environment?: NodeJS.ProcessEnv
  /** Answers 200 when the process is ready to work. */
  readyUrl: string
  readyWithinMilliseconds?: number
}

/** Starts a program and waits until it is ready. Throws with the end of its log when it ends or does not get ready. */
export async function startProcess(options: StartOptions): Promise<RealProcess> {
  const {
    name,
    command,
    parameters,
    folder,
    environment = process.env,
    readyUrl,
    readyWithinMilliseconds = 60_000,
  } = options
  const logFile = join(folder, `${name}.log`)
  const log = openSync(logFile, 'a')
  const child = spawn(command, parameters, { cwd: folder, env: environment, stdio: ['ignore', log, log] })
  closeSync(log)
  let failure: string | undefined
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      failure = `ended with ${signal ?? `exit code ${code}`}`
      resolve()
    })
    child.once('error', (error) => {
      failure = error.message
      resolve()
    })
  })
  const killWithParent = (): void => void child.kill('SIGKILL')
  process.once('exit', killWithParent)
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM')
    const ended = await Promise.race([gone.then(() => true), pause(10_000, false, { ref: false })])
    if (!ended) child.kill('SIGKILL')
    await gone
    process.off('exit', killWithParent)
  }
  const readLog = (): string => readFileSync(logFile, 'utf8')
  try {
    await waitFor(
      async () => {
        if (failure !== undefined) throw new Error(`it ${failure}`)
        return fetch(readyUrl).then(
          (response) => response.ok,
          () => false,
        )
      },
      { what: readyUrl, withinMilliseconds: readyWithinMilliseconds },
    )
  } catch (error) {
    await stop()
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${name} did not start: ${reason}\n${readLog().slice(-2000)}`, { cause: error })
  }
  return { pid: child.pid ?? 0, log: readLog, stop }
}
