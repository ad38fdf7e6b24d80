import { Worker } from 'node:worker_threads'
import { missing, type MissingReason, type ScorableRecord, type ScoreOutcome } from '../scorer.ts'
import { threadReply, type ThreadData, type ThreadReply, type ThreadRequest } from './module-messages.ts'

export type ModuleLimits = {
  /** For one record, from the moment the one before it was answered. */
  readonly timeMilliseconds: number
  /** Of the thread's JavaScript heap. */
  readonly memoryMegabytes: number
  /** For the import of the module. */
  readonly startMilliseconds: number
}

/** A function in a thread of its own: it may hang, crash or eat memory, and takes nothing with it. */
export type ModuleHost = {
  /** What the function returned, or why it did not; never rejects. */
  run(record: ScorableRecord, signal: AbortSignal): Promise<{ readonly returned: unknown } | ScoreOutcome>
  close(): Promise<void>
}

type Answer = { readonly returned: unknown } | ScoreOutcome
type Task = {
  readonly record: ScorableRecord
  readonly signal: AbortSignal
  readonly resolve: (answer: Answer) => void
}

/** Records in a message: fewer would make messages the main cost, more are sent again in vain after a crash. */
const RECORDS_PER_MESSAGE = 32
/** A module that dies this often without an answer in between will not answer the next one either. */
const DEATHS_IN_A_ROW = 5

export function createModuleHost(data: ThreadData, limits: ModuleLimits): ModuleHost {
  const waiting: Task[] = []
  let sent: Task[] = []
  let worker: Worker | null = null
  let isReady = false
  let deaths = 0
  let isClosed = false
  let timer: NodeJS.Timeout | null = null

  function start(): void {
    const fresh = new Worker(threadFile(), {
      workerData: data,
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMegabytes, maxYoungGenerationSizeMb: 16 },
      stdout: true,
      stderr: true,
    })
    // what the module prints is nobody's; unread it would pile up
    fresh.stdout.resume()
    fresh.stderr.resume()
    const onlyOf = (act: () => void): void => {
      if (worker === fresh) act()
    }
    fresh.on('message', (message: unknown) => onlyOf(() => receive(message)))
    fresh.on('error', (error: Error) =>
      onlyOf(() => die(isOutOfMemory(error) ? 'out_of_memory' : isReady ? 'crashed' : 'not_loaded', error.message)),
    )
    fresh.on('exit', (code) => onlyOf(() => die(isReady ? 'crashed' : 'not_loaded', `the thread ended with ${code}`)))
    worker = fresh
    isReady = false
    arm(limits.startMilliseconds, 'not_loaded', `not loaded within ${limits.startMilliseconds} ms`)
  }

  function receive(message: unknown): void {
    const parsed = threadReply.safeParse(message)
    const reply: ThreadReply = parsed.success ? parsed.data : { kind: 'failed', detail: 'the thread sent no reply' }
    if (reply.kind === 'not_loaded') return die('not_loaded', reply.detail)
    if (reply.kind === 'ready') {
      isReady = true
      return send()
    }
    const task = sent.shift()
    // a module that writes to the port itself says more than it was asked
    if (task === undefined) return
    deaths = 0
    task.resolve(reply.kind === 'returned' ? { returned: reply.value } : missing('failed', reply.detail))
    if (sent.length > 0) armForOne()
    else send()
  }

  function send(): void {
    sent = []
    while (sent.length < RECORDS_PER_MESSAGE) {
      const task = waiting.shift()
      if (task === undefined) break
      if (task.signal.aborted) task.resolve(missing('timed_out', 'the run was ended'))
      else sent.push(task)
    }
    if (sent.length === 0) return rest()
    const request: ThreadRequest = { records: sent.map(({ record }) => record) }
    armForOne()
    worker?.postMessage(request, [])
  }

  /** The first unanswered record is the one to blame; those behind it are tried again in a new thread. */
  function die(reason: MissingReason, detail: string): void {
    disarm()
    void worker?.terminate()
    worker = null
    deaths += 1
    const [culprit, ...others] = sent
    sent = []
    waiting.unshift(...others)
    culprit?.resolve(missing(reason, detail))
    if (reason === 'not_loaded' || deaths >= DEATHS_IN_A_ROW) {
      for (const task of waiting.splice(0)) task.resolve(missing(reason, detail))
      deaths = 0
    } else if (waiting.length > 0) {
      start()
    }
  }

  function rest(): void {
    disarm()
    worker?.unref()
  }

  function armForOne(): void {
    arm(limits.timeMilliseconds, 'timed_out', `no answer within ${limits.timeMilliseconds} ms`)
  }

  function arm(milliseconds: number, reason: MissingReason, detail: string): void {
    disarm()
    timer = setTimeout(() => die(reason, detail), milliseconds)
  }

  function disarm(): void {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }

  return {
    run(record, signal) {
      if (isClosed) return Promise.resolve(missing('not_loaded', 'the scorer is closed'))
      return new Promise((resolve) => {
        waiting.push({ record, signal, resolve })
        if (worker === null) start()
        else if (isReady && sent.length === 0 && waiting.length === 1) queueMicrotask(wake)
      })
    },
    async close() {
      isClosed = true
      disarm()
      const ending = worker
      worker = null
      for (const task of [...sent, ...waiting.splice(0)]) task.resolve(missing('not_loaded', 'the scorer was closed'))
      sent = []
      await ending?.terminate()
    },
  }

  /** After a microtask, so that records given at once travel in one message. */
  function wake(): void {
    if (worker === null || !isReady || sent.length > 0) return
    worker.ref()
    send()
  }
}

function isOutOfMemory(error: Error): boolean {
  return 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
}

/** Sources run as they are, the build has `.js`. */
function threadFile(): URL {
  return new URL(`./module-thread.${import.meta.url.endsWith('.ts') ? 'ts' : 'js'}`, import.meta.url)
}
