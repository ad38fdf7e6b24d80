import { userInfo } from 'node:os'
import type { Command } from 'commander'
import { commandWords } from './command-words.ts'
import { withService } from './open-service.ts'

/** Commands that change what others see or decide, as `/api/audit` names them. */
const AUDITED: ReadonlySet<string> = new Set([
  'baseline freeze',
  'baseline accept',
  'baseline expire',
  'incident ack',
  'incident resolve',
  'exclude add',
  'exclude remove',
  'change add',
  'change announce',
  'change promote',
  'forget',
  'import',
])

/** Options whose values the audit log keeps; never those that name a person whose data was deleted. */
const KEPT_OPTIONS = ['as', 'kind', 'value', 'reason', 'from', 'to', 'id'] as const

/** Writes down a command that was carried out, with the user of this machine or the name given with `--by`. */
export async function auditCommand(command: Command): Promise<void> {
  const action = commandWords(command)
  if (!AUDITED.has(action)) return
  const options: Readonly<Record<string, unknown>> = command.opts()
  const text = (name: string): string | undefined => {
    const value = options[name]
    return typeof value === 'string' ? value : undefined
  }
  const config = text('config')
  const [first] = command.args
  const details = [
    ...(action.startsWith('incident') && first !== undefined ? [first] : []),
    ...KEPT_OPTIONS.flatMap((name) => (text(name) === undefined ? [] : [`${name} ${text(name)}`])),
  ]
  await withService(config === undefined ? {} : { config }, (service) =>
    service.audit({
      at: Date.now(),
      who: text('by') ?? userInfo().username,
      action,
      agent: text('agent') ?? null,
      detail: details.join(', '),
    }),
  )
}
