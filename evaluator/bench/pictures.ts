/**
 * The pictures of docs/statistics.md, from what the benchmarks wrote.
 *
 * npm run bench:pictures -- --detection FILE [--detection FILE] --power FILE --folder docs/images
 *
 * A second detection file adds the detectors that the first one lacks, such as slow packages from a quick run.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { z } from 'zod'
import { delayPicture } from './delay-picture.ts'
import { evidencePicture } from './evidence-picture.ts'
import { falsePagesPicture } from './false-pages-picture.ts'

const detection = z.object({
  noChange: z.array(
    z.object({ run: z.string(), detector: z.string(), pAnyPageYear: z.number(), falsePageDays: z.number() }),
  ),
})
const share = z.number().nullable()
const power = z.object({
  designs: z.array(
    z.object({
      baselineItems: z.number(),
      perDay: z.number(),
      metrics: z.number(),
      strata: z.number(),
      falsePagesPerYear: z.number(),
      change: z.discriminatedUnion('kind', [
        z.object({ kind: z.literal('rate'), from: z.number(), to: z.number() }),
        z.object({ kind: z.literal('score'), shift: z.number() }),
      ]),
      pFalsePageYear: z.number(),
      found3: share,
      found7: share,
      found30: share,
      medianDelayDays: share,
      foundAtLaunch30: share,
    }),
  ),
})

const { values } = parseArgs({
  options: {
    detection: { type: 'string', multiple: true, default: [] },
    power: { type: 'string' },
    folder: { type: 'string', default: 'docs/images' },
  },
})
if (values.detection.length === 0 || values.power === undefined) {
  process.stderr.write(
    'argument_invalid: --detection and --power are needed.\nGive the files that bench:detection and bench:power wrote with --json.\n',
  )
  process.exitCode = 2
} else {
  const write = (name: string, picture: string): void =>
    writeFileSync(join(values.folder, `statistics-${name}.svg`), picture)
  write('evidence', evidencePicture())
  write('false-pages', falsePagesPicture({ noChange: together(values.detection) }))
  write('delay', delayPicture(power.parse(json(values.power)).designs))
}

function together(files: readonly string[]): z.infer<typeof detection>['noChange'] {
  const rows = files.map((file) => detection.parse(json(file)).noChange)
  return rows.flatMap((own, index) => {
    const known = new Set(rows.slice(0, index).flatMap((earlier) => earlier.map(({ detector }) => detector)))
    return own.filter(({ detector }) => !known.has(detector))
  })
}

function json(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'))
}
