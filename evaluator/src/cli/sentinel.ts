import type { SentinelReport, SentinelStatus } from '../domain/sentinel.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type SentinelOptions = CommonOptions & { readonly agent: string; readonly recompute?: boolean }

/** Replays the frozen inputs of today, where that is not done yet. */
export async function runSentinels(options: SentinelOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { agent } = options
  const { reports, status } = await withService(options, async (service) => {
    const before = await service.sentinelStatus(agent)
    return before.off === null
      ? { reports: await service.runSentinelsDue(Date.now(), agent), status: await service.sentinelStatus(agent) }
      : { reports: [], status: before }
  })
  terminal.json({ ...status, ran: reports.length > 0 })
  if (status.off !== null) {
    terminal.line(`Frozen inputs of ${agent} are not replayed. ${status.off}`)
    return EXIT.inconclusive
  }
  if (reports.length === 0) terminal.line(whyNone(status, Date.now()))
  return say(status.report, (line) => terminal.line(line))
}

export async function sentinelStatusCommand(options: SentinelOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { status, audit } = await withService(options, async (service) => ({
    status: await service.sentinelStatus(options.agent),
    audit: options.recompute === true ? await service.recomputeSentinels(options.agent) : null,
  }))
  terminal.json(audit === null ? status : { ...status, audit })
  terminal.line(
    status.off === null
      ? `${status.inputs} frozen inputs, replayed in ${status.runs} runs.`
      : `Frozen inputs are not replayed. ${status.off}`,
  )
  const code = say(status.report, (line) => terminal.line(line))
  if (audit === null) return code
  terminal.line(
    audit.isEqual
      ? `Recomputed from ${audit.runs} stored runs: equal, bit for bit.`
      : `Recomputed from ${audit.runs} stored runs: NOT equal.`,
  )
  return audit.isEqual ? code : EXIT.error
}

export async function listSentinelInputs(options: SentinelOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const inputs = await withService(options, (service) => service.sentinelInputs(options.agent))
  terminal.json(inputs)
  if (inputs.length === 0) terminal.line(`The baseline of ${options.agent} has no frozen inputs.`)
  else
    terminal.line(
      table([
        ['input', 'text', 'frozen runs', 'replays', 'frozen', 'newest'],
        ...inputs.map(({ id, isForgotten, frozenRuns, replays, frozen, newest }) => [
          id,
          isForgotten ? 'forgotten' : 'kept',
          String(frozenRuns),
          String(replays),
          Object.entries(frozen)
            .map(([score, values]) => `${score} ${values.map((value) => value ?? '–').join('/')}`)
            .slice(0, 2)
            .join(' '),
          newest === null
            ? '–'
            : Object.entries(newest)
                .map(([score, value]) => `${score} ${value ?? '–'}`)
                .slice(0, 2)
                .join(' '),
        ]),
      ]),
    )
  return EXIT.good
}

function whyNone({ agent, nextSlotAt }: SentinelStatus, now: number): string {
  if (nextSlotAt === null) return `The schedule of ${agent} is paused.`
  const time = `${new Date(nextSlotAt).toISOString().slice(0, 16)}Z`
  if (nextSlotAt > now) return `Nothing is due before ${time}: inputs are replayed once a day at the agent's time.`
  return `The run of ${time} is due and was not begun: another process has it, ${agent} has sent no call yet, or this time is excluded (tidemark exclude list).`
}

/** The newest run in a few lines; its state decides the exit code. */
function say(report: SentinelReport | null, line: (text: string) => void): ExitCode {
  if (report === null) return EXIT.inconclusive
  const failures = Object.entries(report.failures).map(([reason, count]) => `${count} ${reason.replaceAll('_', ' ')}`)
  const cost = report.costUsd === null ? '' : `, ${report.costUsd.toFixed(2)} USD`
  line(
    `${new Date(report.slotAt).toISOString()}: ${report.answered} of ${report.asked} answered${cost}${failures.length === 0 ? '' : ` (${failures.join(', ')})`}.${report.excluded === undefined ? '' : ` It counts for nothing: ${report.excluded}.`}`,
  )
  for (const { severity, evidence, threshold } of report.detectors)
    line(`  ${severity}: evidence ${Number(evidence.toPrecision(3))} of ${Number(threshold.toPrecision(3))}`)
  for (const { score, category, before, now } of report.moves)
    line(
      `  ${category === null ? score : `${score} ${category}`}: ${Number(before.toPrecision(3))} → ${Number(now.toPrecision(3))}`,
    )
  for (const { id, score, before, now } of report.changedInputs)
    line(`  ${id}: ${score} was always ${before}, is ${now}`)
  if (report.answered === 0 && report.asked > 0) return EXIT.error
  return report.agentChanged ? EXIT.drift : EXIT.good
}
