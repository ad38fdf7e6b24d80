import type { VerdictRecord } from '../domain/verdict.ts'
import type { Service } from '../service.ts'
import { EXIT, exitCodeOfVerdict, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'
import { verdictLines } from './verdict.ts'

/** Runs every due slot once and exits: for cron, daily or more often. The worst verdict decides the exit code. */
export async function evaluate(options: CommonOptions & { readonly agent?: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const { verdicts, failed } = await withService(options, async (service) => {
    await service.runSentinelsDue(Date.now(), options.agent)
    const ran = { verdicts: await due(service, options.agent), failed: [...service.failedRuns().keys()] }
    await service.publish()
    return ran
  })
  terminal.json(verdicts)
  if (verdicts.length === 0 && failed.length === 0) terminal.line('No slot is due.')
  for (const verdict of verdicts) for (const line of verdictLines(verdict)) terminal.line(line)
  for (const agent of failed)
    terminal.note(`The run of ${agent} failed; the log above says why. It is tried again with the next call.`)
  return failed.length > 0 ? EXIT.error : worst(verdicts)
}

async function due(service: Service, agent: string | undefined): Promise<readonly VerdictRecord[]> {
  return agent === undefined ? await service.runDue(Date.now()) : await service.runAgent(agent)
}

function worst(verdicts: readonly VerdictRecord[]): ExitCode {
  const newest = new Map(verdicts.map((verdict) => [verdict.agent, verdict]))
  const codes = new Set([...newest.values()].map(({ verdict }) => exitCodeOfVerdict(verdict)))
  if (codes.has(EXIT.drift)) return EXIT.drift
  return codes.has(EXIT.inconclusive) ? EXIT.inconclusive : EXIT.good
}
