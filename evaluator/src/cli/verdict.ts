import { TidemarkError } from '../domain/errors.ts'
import type { VerdictRecord } from '../domain/verdict.ts'
import { parseTime } from './duration.ts'
import { EXIT, exitCodeOfVerdict, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, type Terminal } from './terminal.ts'

export type VerdictOptions = CommonOptions & {
  readonly agent: string
  readonly slot?: string
  readonly recompute?: boolean
}

/** Shows the verdict of a slot, by default the newest. */
export async function showVerdict(options: VerdictOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const slotAt = options.slot === undefined ? undefined : parseTime(options.slot)
  if (options.recompute === true) return await audit(options, slotAt, terminal)
  const verdict = await withService(options, (service) => service.verdict(options.agent, slotAt))
  if (verdict === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `There is no verdict about agent ${options.agent}${options.slot === undefined ? '' : ` at ${options.slot}`}.`,
      'See which agents have sent calls with "tidemark check"; a slot is run at its scheduled time by "tidemark serve" or by "tidemark evaluate".',
    )
  terminal.json(verdict)
  for (const line of verdictLines(verdict)) terminal.line(line)
  return exitCodeOfVerdict(verdict.verdict)
}

async function audit(options: VerdictOptions, slotAt: number | undefined, terminal: Terminal): Promise<ExitCode> {
  const result = await withService(options, (service) => service.recompute(options.agent, slotAt))
  terminal.json(result)
  const slot = new Date(result.slotAt).toISOString()
  terminal.line(
    result.isEqual
      ? `The evidence of ${options.agent} at ${slot} is what its ${result.runs} stored runs give, to the last bit.`
      : `The evidence of ${options.agent} at ${slot} is not what its ${result.runs} stored runs give.`,
  )
  for (const [i, { severity, evidence }] of result.recomputed.entries())
    terminal.line(`  ${severity.padEnd(6)} published ${result.published[i]?.evidence}, recomputed ${evidence}`)
  return result.isEqual ? EXIT.good : EXIT.error
}

/** A verdict in a few lines. */
export function verdictLines(record: VerdictRecord): string[] {
  const slot = new Date(record.slotAt).toISOString().slice(0, 16).replace('T', ' ')
  const lines = [`${record.agent}  ${slot} UTC  ${record.verdict.toUpperCase()}  ${record.summary}`]
  for (const { severity, evidence, threshold } of record.detectors)
    lines.push(`  ${severity.padEnd(6)} evidence ${short(evidence)} (acts at ${short(threshold)})`)
  for (const { variant, alarm, evidence, threshold, samples } of record.variants ?? [])
    lines.push(
      `  variant ${variant}: ${alarm ? 'WORSE than control' : 'no alarm'}, evidence ${short(evidence)} (acts at ${short(threshold)}), ${samples} records`,
    )
  for (const { kind, change, probability } of record.causes.slice(0, 3))
    if (record.verdict === 'drift') lines.push(`  cause  ${kind} ${change}: ${Math.round(probability * 100)} %`)
  return lines
}

function short(value: number): string {
  return String(Number(value.toPrecision(4)))
}
