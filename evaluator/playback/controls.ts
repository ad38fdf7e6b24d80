import { writeFileSync } from 'node:fs'
import { wholeNumber } from '../src/demo/number-option.ts'
import type { SimulationResult } from '../src/demo/simulation-result.ts'
import { TidemarkError } from '../src/domain/errors.ts'
import { exitCodeOf, fromCaller, optionsGiven, required } from './command-line.ts'
import { controlLine, summaryOf } from './control-report.ts'
import { runPlayback } from './playback.ts'

const HELP = `Plays controls: one recorded run answers all the time, so every page is a false one.

  npm run playback:controls -- --data FOLDER [--json FILE]

  --data FOLDER          recordings in the function-calls format (runs.jsonl, calls-*.jsonl.gz)
  --run RUN              the run that answers, by its name in runs.jsonl; gpt-4o-2024-05-13@2024-08-11 if not given
  --days 365             simulated days of each control; the last one is yesterday
  --per-day 100          calls a day, each day without repeating a case
  --seeds 1,2,3,4,5      one control each: which cases on which day
  --json FILE            writes the results

Exit code: 0 when at most one control pages, 1 when more do, 2 when arguments or recordings are wrong.
`

const SCRIPT = 'playback:controls'

process.exitCode = await exitCodeOf(async () => {
  const options = readArguments(process.argv.slice(2))
  if (options === undefined) {
    process.stdout.write(HELP)
    return 0
  }
  const { seeds, json, ...common } = options
  const controls: (SimulationResult & { readonly seed: number })[] = []
  for (const seed of seeds) {
    const control = { seed, ...(await playControl(common, seed)) }
    controls.push(control)
    process.stdout.write(`${controlLine(control)}\n`)
  }
  const { pages, line, exitCode } = summaryOf(controls)
  process.stdout.write(`${line}\n`)
  if (json !== undefined) {
    const { run, days, perDay } = common
    writeFileSync(json, `${JSON.stringify({ run, days, perDay, pages, controls }, undefined, 2)}\n`)
  }
  return exitCode
})

type ControlOptions = {
  readonly data: string
  readonly run: string
  readonly days: number
  readonly perDay: number
}

async function playControl({ run, ...common }: ControlOptions, seed: number): Promise<SimulationResult> {
  const { result } = await runPlayback(
    {
      ...common,
      before: run,
      after: run,
      seed,
      // never reached: the same run before and after is a control
      changeDay: common.days,
      port: 0,
      store: undefined,
      metricsEndpoint: undefined,
    },
    (event) => {
      if (process.stdout.isTTY && event.kind === 'day')
        process.stdout.write(
          `\rseed ${seed}: day ${event.day} of ${common.days}${event.day === common.days ? '\r' : ''}`,
        )
    },
    Date.now,
  )
  return result
}

function readArguments(
  words: readonly string[],
): (ControlOptions & { readonly seeds: readonly number[]; readonly json: string | undefined }) | undefined {
  const options = {
    data: { type: 'string' },
    run: { type: 'string', default: 'gpt-4o-2024-05-13@2024-08-11' },
    days: { type: 'string', default: '365' },
    'per-day': { type: 'string', default: '100' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  const values = optionsGiven(words, options, SCRIPT)
  if (values.help === true) return undefined
  return {
    data: fromCaller(required('--data', values.data, SCRIPT)),
    run: required('--run', values.run, SCRIPT),
    days: wholeNumber('--days', values.days, 2, 365),
    perDay: wholeNumber('--per-day', values['per-day'], 1, 2000),
    seeds: seedsOf(values.seeds),
    json: values.json === undefined ? undefined : fromCaller(values.json),
  }
}

/** @throws {TidemarkError} `argument_invalid` */
function seedsOf(text: string): readonly number[] {
  const seeds = text.split(',').map((seed) => wholeNumber('--seeds', seed.trim(), 0, 4_294_967_295))
  if (new Set(seeds).size === seeds.length) return seeds
  throw new TidemarkError(
    'argument_invalid',
    `--seeds ${text} names a seed twice, and its control would count twice.`,
    'Give each seed once, such as --seeds 1,2,3.',
  )
}
