import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseDuration, parseTime } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

export type ExportOptions = CommonOptions & {
  readonly agent: string
  readonly openmetrics?: boolean
  readonly from?: string
  readonly to?: string
  readonly step?: string
  readonly out?: string
}

/**
 * Writes the records of an agent as JSON lines that `tidemark import` reads, or with --openmetrics its published history
 * for `promtool tsdb create-blocks-from openmetrics`.
 */
export async function exportCommand(options: ExportOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const now = Date.now()
  const window = {
    from: options.from === undefined ? 0 : parseTime(options.from),
    to: options.to === undefined ? now : parseTime(options.to),
  }
  const step = options.step === undefined ? {} : { step: parseDuration(options.step) }
  await withService(options, async (service) => {
    const text =
      options.openmetrics === true
        ? service.exportHistory(options.agent, window, { ...step, until: Math.min(window.to, now) })
        : service.exportRecords(options.agent, window)
    await write(text, options.out)
  })
  if (options.out !== undefined) terminal.note(`written to ${options.out}`)
  return EXIT.good
}

async function write(chunks: AsyncIterable<string>, file: string | undefined): Promise<void> {
  if (file !== undefined) {
    await pipeline(Readable.from(chunks), createWriteStream(file))
    return
  }
  for await (const chunk of chunks) if (!process.stdout.write(chunk)) await once(process.stdout, 'drain')
}
