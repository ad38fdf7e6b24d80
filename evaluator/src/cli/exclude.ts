import { userInfo } from 'node:os'
import { EXCLUDED_WINDOW_REASONS } from '@tidemark/instrumentation/semconv'
import type { ExclusionResult } from '../domain/excluded-window.ts'
import { TidemarkError } from '../domain/errors.ts'
import { parseTime } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table, type Terminal } from './terminal.ts'

export type ExcludeOptions = CommonOptions & {
  readonly agent: string
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly note?: string
  readonly by?: string
}

/** Takes a window of time out of reference and history, and says what that changed. */
export async function excludeCommand(options: ExcludeOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const reason = EXCLUDED_WINDOW_REASONS.find((one) => one === options.reason)
  if (reason === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `"${options.reason}" is no reason to exclude a window.`,
      `Say --reason ${EXCLUDED_WINDOW_REASONS.join(', --reason ')}, and more about it with --note.`,
    )
  const request = {
    agent: options.agent,
    from: parseTime(options.from),
    to: parseTime(options.to),
    reason,
    note: options.note ?? null,
    by: options.by ?? userInfo().username,
  }
  const result = await withService(options, (service) => service.excludeWindow(request))
  terminal.json(result)
  describe(result, terminal)
  return EXIT.good
}

/** Lists the windows of an agent, those that count again too. */
export async function listExcluded(options: CommonOptions & { readonly agent: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const windows = await withService(options, (service) => service.excludedWindows(options.agent))
  terminal.json(windows)
  if (windows.length === 0) terminal.line(`Nothing of agent ${options.agent} is excluded.`)
  else
    terminal.line(
      table([
        ['id', 'from', 'to', 'reason', 'note', 'by', 'counts again'],
        ...windows.map(({ id, from, to, reason, note, excludedBy, removed }) => [
          id,
          time(from),
          time(to),
          reason,
          note ?? '',
          excludedBy,
          removed === null ? '' : `since ${time(removed.at)}, by ${removed.by}: ${removed.why ?? 'no reason given'}`,
        ]),
      ]),
    )
  return EXIT.good
}

/** Lets a window count again; who excluded it, and who did this, stays on record. */
export async function removeExcluded(
  id: string,
  options: CommonOptions & { readonly why?: string; readonly by?: string },
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const request = { id, by: options.by ?? userInfo().username, why: options.why ?? null }
  const result = await withService(options, (service) => service.includeWindow(request))
  terminal.json(result)
  describe(result, terminal)
  return EXIT.good
}

function describe(result: ExclusionResult, terminal: Terminal): void {
  const { window } = result
  const what = window.removed === null ? `is excluded (${window.reason})` : 'counts again'
  terminal.line(`${time(window.from)} to ${time(window.to)} of ${window.agent} ${what}: window ${window.id}.`)
  terminal.line(
    `${result.rescored.length} slots scored again, ${result.skipped.length} left out, ${result.recomputed} verdicts computed again.`,
  )
  for (const slot of result.skipped) terminal.line(`  left out as a whole: ${time(slot)}`)
  if (result.replays.length > 0)
    terminal.line(
      `  replays of frozen inputs that ${window.removed === null ? 'count no more' : 'count again'}: ${result.replays.map(time).join(', ')}`,
    )
  if (result.touchesBaseline)
    terminal.note(
      `note: the window lies in the time of the baseline in force, which nothing edits. A new version leaves it out: tidemark baseline freeze --agent ${window.agent} --replace --since TIME --until TIME`,
    )
  for (const { id, severity, state } of result.unsupported)
    terminal.note(
      `note: the ${severity} incident ${id} (${state}) has no alarm any more.${state === 'open' || state === 'acknowledged' ? ` End it: tidemark incident resolve ${id} --as false_alarm` : ''}`,
    )
  for (const { id, severity } of result.opened)
    terminal.note(`note: without the window there is an alarm that nobody was told of: ${severity} incident ${id}.`)
}

function time(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16)}Z`
}
