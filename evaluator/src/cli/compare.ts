import { TidemarkError } from '../domain/errors.ts'
import type { VariantDifference } from '../domain/verdict.ts'
import { COMPARED_BY } from '../service/compare-versions.ts'
import { parseDuration, parseTime } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type CompareOptions = CommonOptions & {
  readonly agent: string
  readonly by: string
  readonly window: string
  readonly until?: string
  readonly control?: string
}

/** The same-day, same-segment difference of live versions. */
export async function compareCommand(options: CompareOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const by = COMPARED_BY.find((known) => known === options.by)
  if (by === undefined)
    throw new TidemarkError('argument_invalid', `--by is "${options.by}".`, `Give one of ${COMPARED_BY.join(', ')}.`)
  const to = options.until === undefined ? Date.now() : parseTime(options.until)
  const request = {
    agent: options.agent,
    by,
    from: to - parseDuration(options.window),
    to,
    control: options.control ?? null,
  }
  const found = await withService(options, (service) => service.releases.compare(request))
  terminal.json(found)
  for (const { version, items, differences } of found.versions) {
    terminal.line(`${version} beside ${found.control}, ${items} items over ${found.slots} slots`)
    terminal.line(
      table([
        ['score', found.control, version, 'difference', 'interval'],
        ...differences.map((one) => [
          one.category === null ? one.score : `${one.score} ${one.category}`,
          armText(one, 'control'),
          armText(one, 'variant'),
          sizeText(one, one.difference),
          `${sizeText(one, one.low)} to ${sizeText(one, one.high)} (${Math.round(one.level * 1000) / 10} %)`,
        ]),
      ]),
    )
  }
  const isComparable = found.versions.some(({ differences }) => differences.length > 0)
  if (!isComparable) terminal.line(`Only ${found.control} was live: there is nothing to compare it with.`)
  return isComparable ? EXIT.good : EXIT.inconclusive
}

function armText(one: VariantDifference, arm: 'control' | 'variant'): string {
  const { mean, shares } = one[arm]
  const value = one.category === null ? mean : (shares?.[one.category] ?? 0)
  if (value === null) return '-'
  return one.kind === 'score' ? `${short(value)} ${one.unit}` : `${short(value * 100)} %`
}

function sizeText({ kind }: VariantDifference, value: number): string {
  return kind === 'score' ? `${short(value)} sd` : `${short(value * 100)} points`
}

function short(value: number): string {
  return String(Number(value.toPrecision(3)))
}
