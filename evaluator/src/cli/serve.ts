import { readConfiguration } from '../config.ts'
import { createService } from '../service.ts'
import { createLogger, type CommonOptions } from './open-service.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { interrupted } from './interrupted.ts'
import { createTerminal } from './terminal.ts'

/** Runs the evaluator until SIGINT or SIGTERM. */
export async function serve(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const config = readConfiguration(options.config)
  const logger = createLogger(options.logLevel ?? 'info')
  const service = await createService({ config, clock: Date.now, logger })
  try {
    const { url } = await service.start()
    service.startSchedule()
    terminal.line(`Tidemark listens on ${url} (traces: ${url}/v1/traces, page: ${url}/, metrics: ${url}/metrics)`)
    terminal.json({ url })
    await interrupted()
    logger.info('stopping')
  } finally {
    await service.stop()
  }
  return EXIT.good
}
