import { TidemarkError } from '../domain/errors.ts'
import { reportText, type HarnessReport, type Progress } from '../service/run-harness.ts'
import { parseCount } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

export type HarnessOptions = CommonOptions & {
  readonly agent: string
  readonly target: string
  readonly examples: string
  readonly demo?: string
  readonly runs: string
  readonly concurrency: string
  readonly timeout: string
  readonly attempts: string
  readonly out: string
  readonly maxSpend?: string
  readonly passRate: string
}

/** Runs the agent on real examples and on the demo set; interrupted, it ends after the questions under way. */
export async function harnessCommand(options: HarnessOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const stop = new AbortController()
  const onInterrupt = (): void => {
    terminal.note('\nending after the questions under way; the same command goes on')
    stop.abort()
  }
  process.once('SIGINT', onInterrupt)
  process.once('SIGTERM', onInterrupt)
  const progress = progressLine(process.stderr, Date.now)
  try {
    const report = await withService(options, (service) =>
      service.runHarness(
        {
          agent: options.agent,
          target: options.target,
          examples: options.examples,
          demo: options.demo ?? null,
          folder: options.out,
          runs: parseCount(options.runs),
          limits: {
            concurrency: parseCount(options.concurrency),
            timeoutMilliseconds: parseCount(options.timeout) * 1000,
            attempts: parseCount(options.attempts),
            maxSpendUsd: options.maxSpend === undefined ? Infinity : parsePositive(options.maxSpend, '--max-spend'),
          },
          readyAt: parseShare(options.passRate),
        },
        { stop: stop.signal, tell: (now) => progress.tell(now) },
      ),
    )
    progress.end()
    const { latencySeconds: _, ...shown } = report.real
    terminal.json({ ...report, real: shown })
    terminal.line(reportText(report))
    terminal.note(`${ENDINGS[report.ended]}Report: ${options.out}/report.html, report.md, report.json`)
    return exitCodeOf(report)
  } finally {
    process.removeListener('SIGINT', onInterrupt)
    process.removeListener('SIGTERM', onInterrupt)
  }
}

const ENDINGS: Readonly<Record<HarnessReport['ended'], string>> = {
  complete: '',
  stopped: 'Stopped before the end; the same command goes on. ',
  spend_reached: 'The next call could go above --max-spend; a higher one goes on. ',
  spend_unknown:
    'The target does not tell costUsd, so --max-spend cannot be kept; leave it out, or answer {"output": …, "costUsd": …}. ',
}

function exitCodeOf({ readiness }: HarnessReport): ExitCode {
  switch (readiness.verdict) {
    case 'ready':
      return EXIT.good
    case 'not_ready':
      return EXIT.drift
    case 'undecided':
      return EXIT.inconclusive
  }
}

/** A line that is written over on a terminal; elsewhere one every tenth of the run. */
function progressLine(stream: NodeJS.WriteStream, now: () => number) {
  const started = now()
  let first: number | null = null
  let told = 0
  return {
    tell({ done, of, spentUsd }: Progress) {
      first ??= done - 1
      const rate = (done - first) / Math.max(1, now() - started)
      const left = Math.round((of - done) / rate / 1000)
      const text = `${done} of ${of} calls, ${spentUsd.toFixed(4)} USD, ${left} s left`
      if (stream.isTTY) stream.write(`\r${text.padEnd(stream.columns - 1)}`)
      else if (done === of || done - told >= of / 10) {
        told = done
        stream.write(`${text}\n`)
      }
    },
    end() {
      if (stream.isTTY && first !== null) stream.write('\n')
    },
  }
}

/** @throws {TidemarkError} `argument_invalid` */
export function parsePositive(text: string, option: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new TidemarkError('argument_invalid', `${option} is "${text}".`, 'Give a number above 0, such as 2.50.')
}

function parseShare(text: string): number {
  const value = Number(text)
  if (value > 0 && value < 1) return value
  throw new TidemarkError('argument_invalid', `--pass-rate is "${text}".`, 'Give a share between 0 and 1, such as 0.9.')
}
