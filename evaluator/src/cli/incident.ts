import { userInfo } from 'node:os'
import type { IncidentState } from '@tidemark/instrumentation/semconv'
import { TidemarkError } from '../domain/errors.ts'
import type { Incident, PageLedger } from '../domain/verdict.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type IncidentOptions = CommonOptions & { readonly by?: string }

const RESOLUTIONS = ['fixed', 'accepted', 'false_alarm'] as const

/** Lists incidents of one agent or of all, the newest last. */
export async function listIncidents(
  options: CommonOptions & { readonly agent?: string; readonly unresolved?: boolean },
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const all = await withService(options, (service) => service.incidents(options.agent))
  const incidents = options.unresolved === true ? all.filter(isUnresolved) : all
  terminal.json(incidents)
  if (incidents.length === 0) terminal.line('There is no incident.')
  else
    terminal.line(
      table([
        ['id', 'agent', 'variant', 'severity', 'state', 'onset', 'opened', 'by'],
        ...incidents.map((one) => [
          one.id,
          one.agent,
          one.variant ?? '',
          one.severity,
          one.state,
          day(one.onsetAt),
          day(one.openedSlotAt),
          one.by ?? '',
        ]),
      ]),
    )
  return EXIT.good
}

/** Tells that somebody looks at an incident, which ends its paging. */
export async function acknowledgeIncident(id: string, options: IncidentOptions): Promise<ExitCode> {
  return await step(id, 'acknowledge', options)
}

/** Ends an incident: the cause is gone, the new behaviour is the new normal, or there was nothing. */
export async function resolveIncident(
  id: string,
  options: IncidentOptions & { readonly as: string },
): Promise<ExitCode> {
  const resolution = RESOLUTIONS.find((one) => one === options.as)
  if (resolution === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `"${options.as}" is no resolution of an incident.`,
      `Say --as ${RESOLUTIONS.join(', --as ')}.`,
    )
  return await step(id, resolution, options)
}

/** Shows pages and would-be pages of the last 365 days beside the budget. */
export async function showLedger(options: CommonOptions & { readonly agent: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const ledger = await withService(options, (service) => service.ledger(options.agent))
  terminal.json(ledger)
  for (const line of ledgerLines(ledger)) terminal.line(line)
  return EXIT.good
}

async function step(
  id: string,
  action: 'acknowledge' | (typeof RESOLUTIONS)[number],
  options: IncidentOptions,
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const by = options.by ?? userInfo().username
  const incident = await withService(options, (service) => service.resolveIncident(id, action, by))
  terminal.json(incident)
  terminal.line(`Incident ${incident.id} of ${incident.agent} is ${incident.state}, by ${by}. ${CONSEQUENCE[action]}`)
  return EXIT.good
}

const CONSEQUENCE = {
  acknowledge: 'It pages nobody any more; end it with "tidemark incident resolve".',
  fixed: 'The runs since the onset stay out of the reference; the watch goes on with the next run.',
  accepted: 'A new baseline version was frozen from the calls since the onset; the watch starts anew against it.',
  false_alarm: 'The runs since the onset are part of the reference again; the watch goes on with the next run.',
} as const

function ledgerLines({ agent, since, falsePagesPerYear, pages, wouldBePages }: PageLedger): string[] {
  const states: readonly IncidentState[] = ['open', 'acknowledged', 'fixed', 'accepted', 'false_alarm']
  return [
    `Pages of ${agent} since ${day(since)}; the budget is ${falsePagesPerYear ?? 'not configured:'} false pages a year.`,
    table([
      ['resolution', 'pages', 'would-be pages'],
      ...states.map((state) => [state, String(pages[state]), String(wouldBePages[state])]),
    ]),
  ]
}

function isUnresolved({ state }: Incident): boolean {
  return state === 'open' || state === 'acknowledged'
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
