/** The time of one attempt, and the signal that ends it at its limit or with the caller's own signal. */
export class TimedAttempt {
  readonly startMilliseconds: number
  isTimedOut = false
  readonly #timeout: number
  readonly #controller = new AbortController()
  readonly #callerSignal: AbortSignal | undefined
  #clock: Clock
  #pausedAt: number | undefined

  constructor(startMilliseconds: number, timeoutMilliseconds: number, callerSignal: AbortSignal | undefined) {
    this.startMilliseconds = startMilliseconds
    this.#timeout = timeoutMilliseconds
    this.#callerSignal = callerSignal
    if (callerSignal?.aborted === true) this.handleEvent()
    else callerSignal?.addEventListener('abort', this)
    this.#clock = startClock(this, timeoutMilliseconds)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The caller aborts. */
  handleEvent(): void {
    this.#controller.abort(this.#callerSignal?.reason)
  }

  expire(): void {
    this.isTimedOut = true
    this.#controller.abort()
  }

  /** Stops the clock: the body's reader may be slow for reasons of its own. A body that nobody reads keeps nothing alive. */
  pause(nowMilliseconds: number): void {
    this.#pausedAt = nowMilliseconds
    this.#clock.attempt = undefined
    if (typeof this.#clock.timer === 'object') this.#clock.timer.unref()
  }

  /** Starts it again with the time that the headers left. Most bodies are read at once: the timer then has just run on. */
  resume(nowMilliseconds: number): void {
    const pausedAt = this.#pausedAt
    this.#pausedAt = undefined
    if (pausedAt === undefined) return
    if (pausedAt === nowMilliseconds && this.#clock.timer !== undefined) {
      this.#clock.attempt = this
      if (typeof this.#clock.timer === 'object') this.#clock.timer.ref()
      return
    }
    clearTimeout(this.#clock.timer)
    this.#clock = startClock(this, Math.max(1, this.startMilliseconds + this.#timeout - pausedAt))
  }

  /** Its time is no longer limited; the caller's abort still reaches it. */
  stopClock(): void {
    clearTimeout(this.#clock.timer)
  }

  release(): void {
    this.stopClock()
    this.#callerSignal?.removeEventListener('abort', this)
  }
}

/** What the runtime's timer holds: the attempt only while its time runs. */
interface Clock {
  attempt: TimedAttempt | undefined
  /** A number where the runtime is not Node; `undefined` when it has run down. */
  timer: NodeJS.Timeout | number | undefined
}

function startClock(attempt: TimedAttempt, milliseconds: number): Clock {
  const clock: Clock = { attempt, timer: undefined }
  clock.timer = setTimeout(runDown, milliseconds, clock)
  return clock
}

function runDown(clock: Clock): void {
  clock.timer = undefined
  clock.attempt?.expire()
}
