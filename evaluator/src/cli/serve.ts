import type { Logger } from 'pino'
import { readConfiguration, type Configuration } from '../config.ts'
import { describeError } from '../domain/errors.ts'
import { createService, type Service } from '../service.ts'
import { createLogger, type CommonOptions } from './open-service.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { interrupted } from './interrupted.ts'
import { createTerminal } from './terminal.ts'

type Running = { readonly config: Configuration; readonly service: Service }

/** Runs the evaluator until SIGINT or SIGTERM; SIGHUP reads the configuration again. */
export async function serve(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const config = readConfiguration(options.config)
  const logger = createLogger(options.logLevel ?? 'info')
  let running: Running = { config, service: await createService({ config, clock: Date.now, logger }) }
  let reloading: Promise<void> = Promise.resolve()
  /** One after the other, however often somebody asks. */
  async function reload(previous: Promise<void>): Promise<void> {
    await previous
    running = await reloaded(running, options, logger)
  }
  const onHangup = (): void => {
    reloading = reload(reloading)
  }
  try {
    const { url } = await running.service.start()
    running.service.startSchedule()
    process.on('SIGHUP', onHangup)
    terminal.line(`Tidemark listens on ${url} (traces: ${url}/v1/traces, page: ${url}/, metrics: ${url}/metrics)`)
    terminal.json({ url })
    await interrupted()
    logger.info('stopping')
  } finally {
    process.off('SIGHUP', onHangup)
    await reloading
    await running.service.stop()
  }
  return EXIT.good
}

/**
 * What runs after a reload: a service with the new configuration on the same address, or, where that cannot be used, the
 * one before. The old one ends its run first, so that no slot is run by halves.
 */
async function reloaded(before: Running, options: CommonOptions, logger: Logger): Promise<Running> {
  let next: Service | undefined
  try {
    const config = readConfiguration(options.config)
    const moved = (['listen', 'store'] as const).filter(
      (key) => JSON.stringify(config[key]) !== JSON.stringify(before.config[key]),
    )
    if (moved.length > 0) {
      logger.error({ keys: moved }, 'the configuration was not reloaded: these keys need a restart')
      return before
    }
    next = await createService({ config, clock: Date.now, logger })
    await next.takeOver(before.service)
    const running = { config, service: next }
    await before.service.stop().catch((error: unknown) => {
      logger.error({ err: error }, 'the service before the reload did not end well')
    })
    next.startSchedule()
    logger.warn('the configuration was reloaded')
    return running
  } catch (error) {
    const { code, message, next: step } = describeError(error)
    logger.error({ code, next: step }, `the configuration was not reloaded, the one before stays: ${message}`)
    await next?.stop()
    return before
  }
}
