import { gateMarkdown } from '../service/run-gate.ts'
import { parseTime } from './duration.ts'
import { exitCodeOfGate, runGateWith, type GateArguments } from './gate.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type ChangeOptions = CommonOptions & {
  readonly agent: string
  readonly kind: string
  readonly value: string
  readonly at?: string
  readonly by?: string
  readonly link?: string
}

export type AnnounceOptions = ChangeOptions & GateArguments & { readonly gate: boolean; readonly promote?: string }

/** Records a change that no span shows, such as new data behind the agent; the same change twice is one. */
export async function addChange(options: ChangeOptions): Promise<ExitCode> {
  const { agent, kind, value } = options
  const terminal = createTerminal(options.json ?? false)
  const result = await withService(options, (service) => service.acceptChange(changeOf(options), () => true))
  terminal.json(result)
  terminal.line(
    result.isNew ? `The ${kind} change ${value} of ${agent} is recorded.` : 'This change was recorded before.',
  )
  return EXIT.good
}

/**
 * Runs the gate and, where it passes, records the change as planned: same reference, no restart of the watch. With
 * `--without-gate` it is announced only. What did not pass is not recorded.
 */
export async function announceCommand(options: AnnounceOptions): Promise<ExitCode> {
  const { agent, kind, value, promote = null } = options
  const terminal = createTerminal(options.json ?? false)
  return await withService(options, async (service) => {
    if (options.gate) await service.releases.requireAnnounceable({ change: changeOf(options), promotes: promote })
    const report = options.gate ? await runGateWith(service, agent, options, (text) => terminal.note(text)) : null
    if (report !== null) terminal.line(gateMarkdown(report))
    if (report !== null && report.verdict !== 'pass') {
      terminal.json({ announced: null, gate: report })
      terminal.note(`The ${kind} change ${value} is not recorded: the gate says ${report.verdict}.`)
      return exitCodeOfGate(report)
    }
    const announced = await service.releases.announce({ change: changeOf(options), gate: report, promotes: promote })
    terminal.json({ announced, gate: report })
    terminal.line(
      `The ${kind} change ${value} of ${agent} is ${announced.isNew ? '' : 'already '}recorded as ${report === null ? 'announced' : 'planned'}. The watch goes on against the same baseline.${promote === null ? '' : ` Variant ${promote} is control from then on.`}`,
    )
    return EXIT.good
  })
}

export async function listChanges(options: CommonOptions & { readonly agent: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const changes = await withService(options, (service) => service.releases.list(options.agent))
  terminal.json(changes)
  terminal.line(
    changes.length === 0
      ? `No change of ${options.agent} is known.`
      : table([
          ['at', 'kind', 'change', 'known as', 'by'],
          ...changes.map(({ at, kind, from, value, status, promotes, told }) => [
            new Date(at).toISOString().slice(0, 16),
            kind,
            `${from === null ? value : `${from} to ${value}`}${promotes === null ? '' : ` (promotes ${promotes})`}`,
            status,
            told?.by ?? '',
          ]),
        ]),
  )
  return EXIT.good
}

function changeOf({ agent, kind, value, at, by, link }: ChangeOptions) {
  return {
    agent,
    kind,
    value,
    ...(at === undefined ? {} : { at: new Date(parseTime(at)).toISOString() }),
    ...(by === undefined ? {} : { by }),
    ...(link === undefined ? {} : { link }),
  }
}
