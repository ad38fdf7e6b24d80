import { parseTime } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal } from './terminal.ts'

export type ChangeOptions = CommonOptions & {
  readonly agent: string
  readonly kind: string
  readonly value: string
  readonly at?: string
  readonly by?: string
  readonly link?: string
}

/** Records a change that no span shows, such as new data behind the agent; the same change twice is one. */
export async function addChange({ agent, kind, value, at, by, link, ...common }: ChangeOptions): Promise<ExitCode> {
  const terminal = createTerminal(common.json ?? false)
  const change = {
    agent,
    kind,
    value,
    ...(at === undefined ? {} : { at: new Date(parseTime(at)).toISOString() }),
    ...(by === undefined ? {} : { by }),
    ...(link === undefined ? {} : { link }),
  }
  const result = await withService(common, (service) => service.acceptChange(change, () => true))
  terminal.json(result)
  terminal.line(
    result.isNew ? `The ${kind} change ${value} of ${agent} is recorded.` : 'This change was recorded before.',
  )
  return EXIT.good
}
