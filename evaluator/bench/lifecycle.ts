/**
 * What an agent's life asks of its watch, on recorded outputs: weekly releases, a change on the first production day, a canary.
 *
 * npm run bench:lifecycle -- [--data FOLDER] [--quick] [--json FILE] [--markdown FILE]
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { describeError, TidemarkError } from '../src/domain/errors.ts'
import { announcedReleases } from './lifecycle/announced-releases.ts'
import { canaryReport } from './lifecycle/canary.ts'
import { firstDayChanges } from './lifecycle/first-day.ts'
import { type LifecycleReport, lifecycleMarkdown } from './lifecycle/lifecycle-report.ts'
import { readDatasets } from './pools/datasets.ts'

const HELP = `Measures the gate, replay of frozen inputs and canaries on recorded function calls.

  npm run bench:lifecycle -- [--data FOLDER] [--quick] [--json FILE] [--markdown FILE]

  --data FOLDER    holds the folder function-calls; ../shared/data where absent
  --quick          everything, with few repetitions
  --json FILE      { announcedReleases, firstDayChange, canary }; null is "never found"
  --markdown FILE  the same as tables
`
const FULL = { years: 50, agents: 100, canaries: 50 }
const QUICK = { years: 4, agents: 10, canaries: 5 }

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    measure()
    return 0
  } catch (error) {
    const { code, message, next } = describeError(error)
    process.stderr.write(`${code}: ${message}\n${next}\n`)
    return error instanceof TidemarkError ? 2 : 1
  }
}

function measure(): void {
  const { values } = readArguments()
  if (values.help) {
    process.stdout.write(HELP)
    return
  }
  const repeats = values.quick ? QUICK : FULL
  const dataset = readDatasets(values.data).find(({ name }) => name === 'function-calls')
  if (dataset === undefined)
    throw new TidemarkError(
      'recorded_data_invalid',
      `${values.data} holds no folder function-calls.`,
      'Give the folder that holds it with --data.',
    )
  const report: LifecycleReport = {
    announcedReleases: announcedReleases(dataset.pairs, repeats.years),
    firstDayChange: firstDayChanges(join(values.data, dataset.name), dataset.pairs, repeats.agents),
    canary: canaryReport(dataset.pairs, repeats.canaries),
  }
  const markdown = lifecycleMarkdown(report)
  process.stdout.write(`${markdown}\n`)
  if (values.markdown !== undefined) writeFileSync(values.markdown, `${markdown}\n`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`)
}

function readArguments() {
  try {
    return parseArgs({
      options: {
        data: { type: 'string', default: '../shared/data' },
        quick: { type: 'boolean', default: false },
        json: { type: 'string' },
        markdown: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new TidemarkError('argument_invalid', message, 'See npm run bench:lifecycle -- --help.')
  }
}
