import { TidemarkError } from '../domain/errors.ts'
import type { BaselineSummary } from '../domain/verdict.ts'
import { parseCount, parseDuration, parseTime } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table, type Terminal } from './terminal.ts'

export type FreezeOptions = CommonOptions & {
  readonly agent: string
  readonly production: string
  readonly since?: string
  readonly until?: string
  readonly samples?: string
  readonly replace?: boolean
  readonly fromHarness?: string
  readonly sentinels?: string
}

/** Freezes a harness run, or the production window that ends now (or at --until), into the next baseline version. */
export async function freezeCommand(options: FreezeOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const to = options.until === undefined ? Date.now() : parseTime(options.until)
  const from = options.since === undefined ? to - parseDuration(options.production) : parseTime(options.since)
  const samples = options.samples === undefined ? {} : { samples: parseCount(options.samples, 50) }
  const { agent, fromHarness, sentinels, replace = false } = options
  if (fromHarness !== undefined && sentinels !== undefined)
    throw new TidemarkError(
      'argument_invalid',
      'Both --from-harness and --sentinels are given.',
      'A baseline of a harness run has its inputs anyway: leave --sentinels out.',
    )
  const baseline = await withService(options, (service) =>
    fromHarness === undefined
      ? service.freezeBaseline({
          agent,
          from,
          to,
          ...samples,
          replace,
          ...(sentinels === undefined ? {} : { sentinels }),
        })
      : service.freezeHarness({ agent, folder: fromHarness, replace }),
  )
  terminal.json(baseline)
  describe(baseline, terminal)
  return EXIT.good
}

export async function listBaselines(options: CommonOptions & { readonly agent: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const baselines = await withService(options, (service) => service.baselines(options.agent))
  terminal.json(baselines)
  if (baselines.length === 0)
    terminal.line(`Agent ${options.agent} has no baseline: tidemark baseline freeze --agent ${options.agent}`)
  else
    terminal.line(
      table([
        ['version', 'id', 'created', 'expires', 'examples', ''],
        ...baselines.map((one) => [
          String(one.version),
          one.id,
          day(one.createdAt),
          day(one.expiresAt),
          String(one.samples),
          one.expired === undefined ? '' : `expired by ${one.expired.by}: ${one.expired.why ?? 'no reason given'}`,
        ]),
      ]),
    )
  return EXIT.good
}

function describe(baseline: BaselineSummary, terminal: Terminal): void {
  terminal.line(
    `Baseline version ${baseline.version} (${baseline.id}) of ${baseline.agent}: ${baseline.samples} examples, ${day(baseline.windowStart)} to ${day(baseline.windowEnd)}, expires ${day(baseline.expiresAt)}.`,
  )
  for (const [score, shift] of Object.entries(baseline.minimumDetectableEffect))
    terminal.line(
      shift === null
        ? `  ${score}: a change present from the first run on cannot be found with this many examples`
        : `  ${score}: finds a shift of ${shiftText(score, shift, baseline)} from the first run on`,
    )
  for (const warning of baseline.warnings) terminal.note(`note: ${warning}`)
}

/** A smallest shift in the unit of its score. */
export function shiftText(score: string, shift: number, { rates }: Pick<BaselineSummary, 'rates'>): string {
  return rates.includes(score) ? `${(shift * 100).toFixed(1)} points` : `${shift.toFixed(2)} standard deviations`
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
