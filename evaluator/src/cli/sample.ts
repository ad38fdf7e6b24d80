import { writeFileSync } from 'node:fs'
import { TidemarkError } from '../domain/errors.ts'
import { SAMPLE_SOURCES, type SampleManifest } from '../service/draw-examples.ts'
import { parseCount, parseDuration } from './duration.ts'
import { EXIT, type ExitCode } from './exit-code.ts'
import { linesOfFile } from './lines-of-file.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

export type SampleOptions = CommonOptions & {
  readonly agent: string
  readonly n: string
  readonly stratify?: string
  readonly source: string
  readonly file?: string
  readonly window: string
  readonly seed: string
  readonly out: string
}

/** Draws real examples into a file, with a manifest beside it that says how. */
export async function sampleCommand(options: SampleOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const source = SAMPLE_SOURCES.find((known) => known === options.source)
  if (source === undefined)
    throw new TidemarkError(
      'argument_invalid',
      `"${options.source}" is no source.`,
      `Choose one of ${SAMPLE_SOURCES.join(', ')}.`,
    )
  if (options.stratify !== undefined && options.stratify !== 'segment')
    throw new TidemarkError(
      'argument_invalid',
      `"${options.stratify}" is nothing to stratify by.`,
      'Write --stratify segment.',
    )
  const to = Date.now()
  const { text, manifest } = await withService(options, (service) =>
    service.drawExamples({
      agent: options.agent,
      source,
      size: parseCount(options.n),
      seed: parseCount(options.seed, 0),
      stratify: options.stratify !== undefined,
      window: { from: to - parseDuration(options.window), to },
      lines: options.file === undefined ? null : linesOfFile(options.file, 'Give a file with --file.'),
      name: options.file ?? null,
    }),
  )
  writeFileSync(options.out, text, { mode: 0o600 })
  writeFileSync(`${options.out}.manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`, { mode: 0o600 })
  terminal.json(manifest)
  for (const line of summaryOf(manifest, options.out)) terminal.line(line)
  return EXIT.good
}

function summaryOf({ counts, segments, seed }: SampleManifest, out: string): string[] {
  const inputs = segments.reduce((sum, one) => sum + one.inputs, 0)
  return [
    `${counts.examples} examples of ${counts.inputs} distinct inputs (${counts.found} records, ${counts.withoutText} without text), seed ${seed}: ${out}`,
    '',
    table([
      ['segment', 'inputs', 'population', 'sample', 'of sample', 'probability'],
      ...segments.map((one) => [
        one.segment,
        String(one.inputs),
        percent(one.inputs, inputs),
        String(one.sampled),
        percent(one.sampled, counts.examples),
        one.probability.toFixed(3),
      ]),
    ]),
  ]
}

function percent(part: number, whole: number): string {
  return `${((part / whole) * 100).toFixed(1)} %`
}
