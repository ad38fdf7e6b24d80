import { userInfo } from 'node:os'
import { TidemarkError } from '../domain/errors.ts'
import type { BaselineDetails } from '../service/baseline-versions.ts'
import { shiftText } from './baseline.ts'
import { parseCount } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

type AgentOptions = CommonOptions & { readonly agent: string }

/** Shows what a version holds: scores, segments, what was in use, and what it can find. */
export async function showBaseline(options: AgentOptions & { readonly baselineVersion?: string }): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const version = options.baselineVersion === undefined ? undefined : parseCount(options.baselineVersion)
  const details = await withService(options, (service) => service.baselineDetails(options.agent, version))
  terminal.json(details)
  for (const line of factLines([details])) terminal.line(line)
  for (const warning of details.warnings) terminal.note(`note: ${warning}`)
  return EXIT.good
}

/** Shows two versions beside each other: only the facts that differ. */
export async function compareBaselines(
  options: AgentOptions & { readonly fromVersion: string; readonly toVersion: string },
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const [from, to] = await withService(options, async (service) => [
    await service.baselineDetails(options.agent, parseCount(options.fromVersion)),
    await service.baselineDetails(options.agent, parseCount(options.toVersion)),
  ])
  if (from === undefined || to === undefined) return EXIT.error
  const facts = factsOf([from, to])
  const differing = facts.filter(([, ...values]) => new Set(values).size > 1)
  terminal.json(differing.map(([fact, before, after]) => ({ fact, from: before, to: after })))
  terminal.line(table([['', `version ${from.version}`, `version ${to.version}`], ...differing]))
  return EXIT.good
}

/** The changed behaviour is wanted: a new version from the calls since the onset of the unresolved incident. */
export async function acceptBehaviour(
  options: AgentOptions & { readonly incident?: string; readonly by?: string },
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const by = options.by ?? userInfo().username
  const baseline = await withService(options, async (service) => {
    const unresolved = (await service.incidents(options.agent)).filter(
      ({ id, state }) =>
        (state === 'open' || state === 'acknowledged') && (options.incident === undefined || id === options.incident),
    )
    const incident = unresolved.findLast(({ severity }) => severity === 'page') ?? unresolved.at(-1)
    if (incident === undefined)
      throw new TidemarkError(
        'argument_invalid',
        `Agent ${options.agent} has no unresolved incident${options.incident === undefined ? '' : ` ${options.incident}`} to accept.`,
        `See "tidemark incident list --agent ${options.agent}"; without one, freeze: tidemark baseline freeze --agent ${options.agent} --replace`,
      )
    await service.resolveIncident(incident.id, 'accepted', by)
    return await service.baselineDetails(options.agent)
  })
  terminal.json(baseline)
  terminal.line(
    `Version ${baseline.version} of ${options.agent}, ${baseline.samples} examples since the onset, is the new normal, by ${by}.`,
  )
  for (const warning of baseline.warnings) terminal.note(`note: ${warning}`)
  return EXIT.good
}

/** Lets a version expire before its time; verdicts, metrics and check say so. */
export async function expireBaselineCommand(
  options: AgentOptions & { readonly baselineVersion?: string; readonly why?: string; readonly by?: string },
): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const baseline = await withService(options, (service) =>
    service.expireBaseline({
      agent: options.agent,
      ...(options.baselineVersion === undefined ? {} : { version: parseCount(options.baselineVersion) }),
      by: options.by ?? userInfo().username,
      why: options.why ?? null,
    }),
  )
  terminal.json(baseline)
  terminal.line(
    `Baseline version ${baseline.version} of ${baseline.agent} expired. It is compared with until a new one is frozen: tidemark baseline freeze --agent ${baseline.agent} --replace`,
  )
  return EXIT.good
}

function factLines(details: readonly BaselineDetails[]): string[] {
  return [table([['', ...details.map(({ version }) => `version ${version}`)], ...factsOf(details)])]
}

/** A row for each fact that any of these has, with the value in each. */
function factsOf(details: readonly BaselineDetails[]): string[][] {
  const rows = details.map((one) => new Map(rowsOf(one)))
  const names = [...new Set(rows.flatMap((row) => [...row.keys()]))]
  return names.map((name) => [name, ...rows.map((row) => row.get(name) ?? '–')])
}

function rowsOf(one: BaselineDetails): [string, string][] {
  const total = one.strata.reduce((sum, { items }) => sum + items, 0)
  return [
    ['id', one.isUnchanged ? one.id : `${one.id} (the document does not give this id: run "tidemark store check")`],
    ['window', `${day(one.windowStart)} to ${day(one.windowEnd)}`],
    ['expires', `${day(one.expiresAt)}${one.expired === undefined ? '' : ` by ${one.expired.by}`}`],
    ['examples', String(one.samples)],
    ['runs a year', String(one.settings.runsPerYear)],
    ['false pages a year', String(one.settings.falsePagesPerYear)],
    ['tickets a year', String(one.settings.ticketsPerYear)],
    ...one.scores.map(({ name, kind, mean, shares }): [string, string] => [name, valueText(kind, mean, shares)]),
    ...one.scores.map(({ name, version }): [string, string] => [`${name}: scorer`, version]),
    ...Object.entries(one.minimumDetectableEffect).map(([score, shift]): [string, string] => [
      `${score}: finds`,
      shift === null ? 'no change at launch' : shiftText(score, shift, one),
    ]),
    ...one.strata.map(({ segment, items }): [string, string] => [`segment ${segment}`, percent(items / total)]),
    ...Object.entries(one.values).flatMap(([kind, counts]) =>
      Object.entries(counts).map(([value, count]): [string, string] => [`${kind} ${value}`, `${count} calls`]),
    ),
  ]
}

function valueText(kind: string, mean: number | null, shares: Readonly<Record<string, number>> | null): string {
  if (mean !== null) return kind === 'binary' ? percent(mean) : short(mean)
  return Object.entries(shares ?? {})
    .filter(([, share]) => share > 0)
    .map(([category, share]) => `${category} ${percent(share)}`)
    .join(', ')
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}

function day(time: number): string {
  return new Date(time).toISOString().slice(0, 10)
}
