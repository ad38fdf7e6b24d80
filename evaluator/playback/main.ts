import { writeFileSync } from 'node:fs'
import { checkedUrl } from '../src/demo/demo-arguments.ts'
import { changeDayWithin, wholeNumber } from '../src/demo/number-option.ts'
import { progressTeller } from '../src/demo/progress.ts'
import { verdictLines } from '../src/demo/verdict-text.ts'
import { simulatedDays } from '../src/demo/simulated-days.ts'
import { exitCodeOf, fromCaller, optionsGiven, required } from './command-line.ts'
import { runPlayback, type PlaybackOptions } from './playback.ts'

const HELP = `Plays recorded model outputs as one agent's traffic and shows what Tidemark makes of it.

  npm run playback -- --data FOLDER --before RUN --after RUN [--json FILE]

  --data FOLDER          recordings in the function-calls format (runs.jsonl, calls-*.jsonl.gz)
  --before RUN           the run that answers first, by its name in runs.jsonl
  --after RUN            the run that answers from the change day on; the same run is the control:
                         nothing changes, changeDay is null in the JSON
  --days 60              simulated days; the last one is yesterday
  --per-day 100          calls a day, each day without repeating a case
  --change-day 31        first day of the second run
  --seed 1               which cases on which day
  --json FILE            writes the result
  --store FILE           keeps the evaluator's SQLite file, for tidemark export and verdict
  --port 0               port of the evaluator while it plays; 0 takes any free one
  --metrics-endpoint URL sends the agent's OTLP metrics there
`

const SCRIPT = 'playback'

process.exitCode = await exitCodeOf(async () => {
  const { options, json } = readArguments(process.argv.slice(2))
  if (options === undefined) process.stdout.write(HELP)
  else await play(options, json)
  return 0
})

async function play(options: PlaybackOptions, json: string | undefined): Promise<void> {
  const { stdout } = process
  const screen = {
    write: (text: string) => void stdout.write(text),
    isTerminal: stdout.isTTY,
    columns: stdout.isTTY ? stdout.columns : 80,
  }
  const tell = progressTeller(screen, options.days, `from now on ${options.after} answers.`)
  const { result, verdicts } = await runPlayback(options, tell, Date.now)
  screen.write(`\n${verdictLines(verdicts, simulatedDays(options.days, Date.now())).join('\n')}\n\n`)
  screen.write(`${result.calls} calls in ${result.seconds.toFixed(1)} s.\n`)
  if (options.store !== undefined) screen.write(`The evaluator's store is ${options.store}.\n`)
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`)
}

function readArguments(words: readonly string[]): { options: PlaybackOptions | undefined; json: string | undefined } {
  const values = parsed(words)
  if (values.help === true) return { options: undefined, json: undefined }
  const days = wholeNumber('--days', values.days, 2, 365)
  const before = required('--before', values.before, SCRIPT)
  const after = required('--after', values.after, SCRIPT)
  const changeDay = wholeNumber('--change-day', values['change-day'], 1, 365)
  const endpoint = values['metrics-endpoint']
  const options = {
    data: fromCaller(required('--data', values.data, SCRIPT)),
    before,
    after,
    days,
    perDay: wholeNumber('--per-day', values['per-day'], 1, 2000),
    changeDay: before === after ? changeDay : changeDayWithin(changeDay, days),
    seed: wholeNumber('--seed', values.seed, 0, 4_294_967_295),
    port: wholeNumber('--port', values.port, 0, 65_535),
    store: values.store === undefined ? undefined : fromCaller(values.store),
    metricsEndpoint: endpoint === undefined ? undefined : checkedUrl(endpoint),
  }
  return { options, json: values.json === undefined ? undefined : fromCaller(values.json) }
}

function parsed(words: readonly string[]) {
  const options = {
    data: { type: 'string' },
    before: { type: 'string' },
    after: { type: 'string' },
    days: { type: 'string', default: '60' },
    'per-day': { type: 'string', default: '100' },
    'change-day': { type: 'string', default: '31' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
    store: { type: 'string' },
    port: { type: 'string', default: '0' },
    'metrics-endpoint': { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  } as const
  return optionsGiven(words, options, SCRIPT)
}
