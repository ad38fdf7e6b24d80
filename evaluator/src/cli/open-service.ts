import { pino, type Logger } from 'pino'
import { readConfiguration } from '../config.ts'
import { createService, type Service } from '../service.ts'

/** Options that every command has. */
export type CommonOptions = { readonly config?: string; readonly json?: boolean; readonly logLevel?: string }

/** Log lines go to standard error, so that results can be piped. */
export function createLogger(level: string): Logger {
  return pino({ level, base: {} }, pino.destination({ dest: 2, sync: true }))
}

/** Runs a command's work on a service and closes it whatever happens. */
export async function withService<Result>(
  options: CommonOptions,
  work: (service: Service) => Promise<Result>,
): Promise<Result> {
  const config = readConfiguration(options.config)
  const logger = createLogger(options.logLevel ?? 'warn')
  const service = await createService({ config, clock: Date.now, logger })
  try {
    return await work(service)
  } finally {
    await service.stop()
  }
}
