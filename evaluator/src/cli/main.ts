import { readFileSync } from 'node:fs'
import { CHANGE_KINDS, EXCLUDED_WINDOW_REASONS } from '@tidemark/instrumentation/semconv'
import { Command, CommanderError } from 'commander'
import { describeError } from '../domain/errors.ts'
import { freezeCommand, listBaselines, type FreezeOptions } from './baseline.ts'
import { acceptBehaviour, compareBaselines, expireBaselineCommand, showBaseline } from './baseline-versions.ts'
import { addChange, announceCommand, listChanges, type AnnounceOptions, type ChangeOptions } from './change.ts'
import { compareCommand, type CompareOptions } from './compare.ts'
import { attributeCommand, type AttributeOptions } from './attribute.ts'
import { check } from './check.ts'
import type { DemoArguments } from './demo.ts'
import { evaluate } from './evaluate.ts'
import { auditCommand } from './audited-commands.ts'
import { printCompletion, SHELLS } from './completion.ts'
import { exampleText } from './examples.ts'
import { EXIT, exitCodeOfError, exitCodeTable, type ExitCode } from './exit-code.ts'
import { excludeCommand, listExcluded, removeExcluded, type ExcludeOptions } from './exclude.ts'
import { exportCommand, type ExportOptions } from './export.ts'
import { forgetCommand, type ForgetOptions } from './forget.ts'
import { acknowledgeIncident, listIncidents, resolveIncident, showLedger, type IncidentOptions } from './incident.ts'
import { gateCommand, type GateOptions } from './gate.ts'
import { harnessCommand, type HarnessOptions } from './harness.ts'
import { importCommand, type ImportCommandOptions } from './import.ts'
import { diffConfiguration, printConfiguration, printSchema } from './config.ts'
import type { CommonOptions } from './open-service.ts'
import { sampleCommand, type SampleOptions } from './sample.ts'
import { listSentinelInputs, runSentinels, sentinelStatusCommand, type SentinelOptions } from './sentinel.ts'
import { serve } from './serve.ts'
import { checkStoreCommand, exportStoreCommand, importStoreCommand, vacuumStoreCommand } from './store.ts'
import { errorText } from './terminal.ts'
import { showVerdict, type VerdictOptions } from './verdict.ts'

process.exitCode = await main(process.argv)

async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = EXIT.good
  const run =
    <Arguments extends unknown[]>(work: (...args: Arguments) => Promise<ExitCode>) =>
    async (...args: Arguments): Promise<void> => {
      code = await work(...args)
    }
  try {
    await program(run).parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.good : EXIT.misuse
    process.stderr.write(`${errorText(error)}\n`)
    return exitCodeOfError(describeError(error).code)
  }
}

type Run = <Arguments extends unknown[]>(
  work: (...args: Arguments) => Promise<ExitCode>,
) => (...args: Arguments) => Promise<void>

function program(run: Run): Command {
  const tidemark = new Command('tidemark')
    .description(
      'Tells the team behind an LLM agent when it stops behaving like the one they tested, since when, and why.',
    )
    .version(version())
    .exitOverride()
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nStart with: tidemark demo\nThen: tidemark serve, and tidemark check until nothing is left to do.',
    )

  tidemark.addHelpText('afterAll', (context) => `${exampleText(context.command)}\n${exitCodeTable()}\n`)
  tidemark.hook('postAction', (_, command) => auditCommand(command))

  common(tidemark.command('serve').description('run the evaluator: ingest, schedule, metrics, page')).action(
    run((options: CommonOptions) => serve(options)),
  )
  common(tidemark.command('evaluate').description('run every due slot once and exit, for cron'))
    .option('--agent <name>', 'only this agent')
    .action(run((options: CommonOptions & { agent?: string }) => evaluate(options)))
  common(
    tidemark.command('check').description('look at configuration, store, agents and schedule, and say what to do'),
  ).action(run((options: CommonOptions) => check(options)))
  common(tidemark.command('verdict').description('show the verdict about an agent'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--slot <time>', 'the slot, as ISO time; by default the newest')
    .option('--recompute', 'run the stored statistics through the detectors again and compare, bit for bit')
    .action(run((options: VerdictOptions) => showVerdict(options)))

  const baseline = tidemark.command('baseline').description('freeze, show, compare, accept and expire baselines')
  common(
    baseline
      .command('freeze')
      .description('freeze a window of production calls, or a harness run, as the next version'),
  )
    .requiredOption('--agent <name>', 'the agent')
    .option('--production <duration>', 'length of the window, such as 14d', '14d')
    .option('--since <time>', 'start of the window, as ISO time, instead of its length')
    .option('--until <time>', 'end of the window, as ISO time; by default now')
    .option('--samples <count>', 'take at most this many examples at random', '300')
    .option('--from-harness <folder>', 'the --out folder of a finished harness run, instead of production')
    .option('--sentinels <folder>', 'beside production: inputs of a finished harness run, asked again every day')
    .option('--replace', 'start a new version although one is in force; the watch starts anew')
    .action(run((options: FreezeOptions) => freezeCommand(options)))
  common(baseline.command('list').description('list the versions of an agent'))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: CommonOptions & { agent: string }) => listBaselines(options)))

  common(baseline.command('show').description('show what a version holds, by default the newest'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--baseline-version <number>', 'the version')
    .action(run((options: CommonOptions & { agent: string; baselineVersion?: string }) => showBaseline(options)))
  common(baseline.command('diff').description('show in what two versions differ'))
    .requiredOption('--agent <name>', 'the agent')
    .requiredOption('--from-version <number>', 'the one')
    .requiredOption('--to-version <number>', 'the other')
    .action(
      run((options: CommonOptions & { agent: string; fromVersion: string; toVersion: string }) =>
        compareBaselines(options),
      ),
    )
  common(baseline.command('accept').description('the changed behaviour is wanted: a new version since the onset'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--incident <id>', 'the incident that it resolves; by default the unresolved one')
    .option('--by <name>', 'who; by default the name of this user')
    .action(
      run((options: CommonOptions & { agent: string; incident?: string; by?: string }) => acceptBehaviour(options)),
    )
  common(baseline.command('expire').description('let a version expire now, by default the newest'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--baseline-version <number>', 'the version')
    .option('--why <text>', 'why')
    .option('--by <name>', 'who; by default the name of this user')
    .action(
      run((options: CommonOptions & { agent: string; baselineVersion?: string; why?: string; by?: string }) =>
        expireBaselineCommand(options),
      ),
    )

  incidentCommands(tidemark, run)
  excludeCommands(tidemark, run)

  common(tidemark.command('sample').description('draw real examples for the harness'))
    .requiredOption('--agent <name>', 'the agent, whose content policy redacts them')
    .option('--n <count>', 'how many; 200 to 300 make a baseline', '250')
    .option('--stratify <what>', 'segment: every segment gets at least 20, with its probability')
    .option('--source <source>', 'store, file (JSON lines of examples) or export (of Langfuse or Phoenix)', 'store')
    .option('--file <file>', 'of --source file or export, plain or .gz')
    .option('--window <duration>', 'of the store, up to now', '14d')
    .option('--seed <number>', 'the same seed draws the same examples', '1')
    .option('--out <file>', 'where they go; the manifest beside it', 'real.jsonl')
    .action(run((options: SampleOptions) => sampleCommand(options)))

  common(tidemark.command('harness').description('run the agent on real examples and a demo set, and report'))
    .requiredOption('--agent <name>', 'the agent, whose scores are taken')
    .requiredOption('--target <target>', 'http address, module (./agent.ts#run) or command')
    .requiredOption('--examples <file>', 'real examples, JSON lines')
    .option('--demo <file>', 'the demo set, JSON lines')
    .option('--runs <count>', 'how often each input is asked; 3 tell which waver, and make sentinels', '1')
    .option('--concurrency <count>', 'questions at a time', '8')
    .option('--timeout <seconds>', 'longest time of one question', '120')
    .option('--attempts <count>', 'tries of a question that the target did not take', '3')
    .option('--max-spend <usd>', 'ask no further when the next call could go above')
    .option('--pass-rate <share>', 'least pass rate that is ready', '0.9')
    .option('--out <folder>', 'journal and report; the same folder goes on', 'harness-run')
    .action(run((options: HarnessOptions) => harnessCommand(options)))

  const sentinel = tidemark
    .command('sentinel')
    .description('replay frozen inputs through the agent, and see what they say')
  common(sentinel.command('run').description("replay today's frozen inputs now, if that is not done"))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: SentinelOptions) => runSentinels(options)))
  common(sentinel.command('status').description('whether inputs are replayed, and the newest run'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--recompute', 'run the stored replays through the detectors again and compare, bit for bit')
    .action(run((options: SentinelOptions) => sentinelStatusCommand(options)))
  common(sentinel.command('inputs').description('list the frozen inputs with what they came to, then and now'))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: SentinelOptions) => listSentinelInputs(options)))
  common(sentinel.command('attribute').description('take simultaneous changes apart, asking every combination of them'))
    .requiredOption('--agent <name>', 'the agent')
    .requiredOption('--change <name...>', 'the changes, 2 to 4')
    .requiredOption('--target <target...>', 'one a combination: none, the first alone, the second alone, both, ...')
    .option('--score <name>', 'the score', 'valid')
    .action(run((options: AttributeOptions) => attributeCommand(options)))

  gateOptions(common(tidemark.command('gate').description('compare a candidate with the version in force, for CI')))
    .requiredOption('--agent <name>', 'the agent, whose scores are taken')
    .action(run((options: GateOptions) => gateCommand(options)))

  changeCommands(tidemark, run)
  common(tidemark.command('compare').description('difference of two live versions, same days and same segments'))
    .requiredOption('--agent <name>', 'the agent')
    .requiredOption('--by <attribute>', 'gen_ai.response.model, gen_ai.prompt.version or tidemark.variant')
    .option('--window <duration>', 'how far to look back', '14d')
    .option('--until <time>', 'end of the window, as ISO time; by default now')
    .option('--control <version>', 'the version that others are compared with; by default the one with most calls')
    .action(run((options: CompareOptions) => compareCommand(options)))

  common(tidemark.command('import').description('read records, or an export of Langfuse or Phoenix, into the store'))
    .argument('<file>', 'JSON lines, a JSON array or CSV, plain or .gz, or - for standard input')
    .option('--format <name>', 'tidemark, langfuse or phoenix; by default the first line tells')
    .option('--agent <name>', "the agent of another tool's calls")
    .option('--from-line <number>', 'pass over the lines before it, to go on where an import ended')
    .action(run((file: string, options: ImportCommandOptions) => importCommand(file, options)))
  common(tidemark.command('export').description('write records as JSON lines, or the published history as OpenMetrics'))
    .requiredOption('--agent <name>', 'the agent')
    .option('--openmetrics', 'the history of the published metrics, for promtool tsdb create-blocks-from openmetrics')
    .option('--from <time>', 'ISO time')
    .option('--to <time>', 'ISO time')
    .option('--step <duration>', 'with --openmetrics: repeat the values of a slot this often until the next one')
    .option('--out <file>', 'write there instead of to standard output')
    .action(run((options: ExportOptions) => exportCommand(options)))

  common(
    tidemark
      .command('forget')
      .description('delete the records of a conversation or a user, or the text of a frozen input'),
  )
    .requiredOption('--agent <name>', 'the agent')
    .option('--conversation <id>', 'the conversation')
    .option('--user <hash>', 'the user, by tidemark.user.hash')
    .option('--example <id>', 'one frozen input; its scores stay in the baseline')
    .action(run((options: ForgetOptions) => forgetCommand(options)))

  const store = tidemark.command('store').description('check, shrink, and move the whole store')
  common(store.command('check').description('look for damage and contradictions')).action(
    run((options: CommonOptions) => checkStoreCommand(options)),
  )
  common(store.command('vacuum').description('give back the space of what was deleted')).action(
    run((options: CommonOptions) => vacuumStoreCommand(options)),
  )
  common(store.command('export').description('write everything as JSON lines, with counts and a hash'))
    .option('--out <file>', 'write there (.gz: compressed) instead of to standard output')
    .action(run((options: CommonOptions & { out?: string }) => exportStoreCommand(options)))
  common(store.command('import').description('fill an empty store, of either engine, from such an export'))
    .argument('<file>', 'the export, plain or .gz, or - for standard input')
    .action(run((file: string, options: CommonOptions) => importStoreCommand(file, options)))

  tidemark
    .command('completion')
    .description(`print a script that completes commands and options in ${SHELLS.join(', ')}`)
    .argument('<shell>', SHELLS.join(', '))
    .action(run((shell: string) => printCompletion(tidemark, shell)))
  configCommands(tidemark, run)

  demoOptions(
    tidemark.command('demo').description('play 60 days of an agent whose model is updated, and show the verdict'),
  ).action(run(async (options: DemoArguments) => (await import('./demo.ts')).demo(options)))
  return tidemark
}

function excludeCommands(tidemark: Command, run: Run): void {
  const exclude = tidemark.command('exclude').description('take outages, tests and maintenance out of the watch')
  common(exclude.command('add', { isDefault: true }).description('leave a window out; the slots are computed again'))
    .requiredOption('--agent <name>', 'the agent')
    .requiredOption('--from <time>', 'start, as ISO time')
    .requiredOption('--to <time>', 'end, as ISO time')
    .requiredOption('--reason <reason>', EXCLUDED_WINDOW_REASONS.join(', '))
    .option('--note <text>', 'more about it')
    .option('--by <name>', 'who; by default the name of this user')
    .action(run((options: ExcludeOptions) => excludeCommand(options)))
  common(exclude.command('list').description('list the windows, those that count again too'))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: CommonOptions & { agent: string }) => listExcluded(options)))
  common(exclude.command('remove').description('let a window count again; it stays on record'))
    .argument('<id>', 'the window')
    .option('--why <text>', 'why')
    .option('--by <name>', 'who; by default the name of this user')
    .action(run((id: string, options: CommonOptions & { why?: string; by?: string }) => removeExcluded(id, options)))
}

function configCommands(tidemark: Command, run: Run): void {
  const config = tidemark.command('config').description('show the configuration, and what a change of it would do')
  common(config.command('print').description('what is in force, with defaults and environment, secrets hidden')).action(
    run((options: CommonOptions) => printConfiguration(options)),
  )
  common(config.command('diff').description('what another file would change, and what each change takes'))
    .argument('<file>', 'the configuration to compare with the one in force')
    .action(run((file: string, options: CommonOptions) => diffConfiguration(file, options)))
  config
    .command('schema')
    .description('the JSON Schema of tidemark.yaml, for editors')
    .action(run(() => printSchema()))
}

function incidentCommands(tidemark: Command, run: Run): void {
  const incident = tidemark.command('incident').description('list incidents, take them, and say how they ended')
  common(incident.command('list').description('list incidents, the newest last'))
    .option('--agent <name>', 'only of this agent')
    .option('--unresolved', 'only open and acknowledged ones')
    .action(run((options: CommonOptions & { agent?: string; unresolved?: boolean }) => listIncidents(options)))
  common(incident.command('ack').description('tell the others that you look at it; the paging ends'))
    .argument('<id>', 'the incident')
    .option('--by <name>', 'who; by default the name of this user')
    .action(run((id: string, options: IncidentOptions) => acknowledgeIncident(id, options)))
  common(incident.command('resolve').description('say how it ended; the watch goes on'))
    .argument('<id>', 'the incident')
    .requiredOption('--as <resolution>', 'fixed, accepted (the new behaviour is a new baseline version) or false_alarm')
    .option('--by <name>', 'who; by default the name of this user')
    .action(run((id: string, options: IncidentOptions & { as: string }) => resolveIncident(id, options)))
  common(incident.command('ledger').description('pages of the last 365 days by how they ended, beside the budget'))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: CommonOptions & { agent: string }) => showLedger(options)))
}

function changeCommands(tidemark: Command, run: Run): void {
  const change = tidemark
    .command('change')
    .description('announce releases, tell of changes that no span shows, list all')
  const facts = (command: Command): Command =>
    common(command)
      .requiredOption('--agent <name>', 'the agent')
      .requiredOption('--kind <kind>', CHANGE_KINDS.join(', '))
      .requiredOption('--value <text>', 'what it is now, such as a version')
      .option('--at <time>', 'when it takes effect, as ISO time; by default now')
      .option('--by <name>', 'who made it')
      .option('--link <url>', 'where to read more')
  facts(change.command('add').description('record a change, perhaps of the past')).action(
    run((options: ChangeOptions) => addChange(options)),
  )
  gateOptions(
    facts(
      change.command('announce').description('run the gate on a release, and record it as planned where it passes'),
    ),
  )
    .option('--without-gate', 'announce it only; the watch goes on')
    .option('--promote <variant>', 'the variant that becomes control with it')
    .action(
      run(({ withoutGate, ...options }: Omit<AnnounceOptions, 'gate'> & { withoutGate?: boolean }) =>
        announceCommand({ ...options, gate: withoutGate !== true }),
      ),
    )
  common(change.command('list').description('list changes: planned, announced, or only seen'))
    .requiredOption('--agent <name>', 'the agent')
    .action(run((options: CommonOptions & { agent: string }) => listChanges(options)))
}

function gateOptions(command: Command): Command {
  return command
    .option('--target <target>', 'the candidate to ask: http address, module (./agent.ts#run) or command')
    .option('--candidate <path>', 'or its answers: folder of a harness run, or JSON lines')
    .option('--control-target <target>', 'the version in force to ask')
    .option('--baseline-outputs <path>', 'or its answers: folder of a harness run, or JSON lines')
    .option('--examples <file>', 'inputs to ask, JSON lines; by default the frozen inputs of the baseline')
    .option('--runs <count>', 'how often each input is asked', '1')
    .option('--concurrency <count>', 'questions at a time', '8')
    .option('--timeout <seconds>', 'longest time of one question', '120')
    .option('--attempts <count>', 'tries of a question that the target did not take', '3')
    .option('--max-spend <usd>', 'of both versions; ask no further when the next call could go above')
    .option('--margin <share>', 'how much worse a rate may be, by default 0.02')
    .option('--score-margin <sd>', 'the same for scores, in standard deviations, by default 0.15')
    .option('--out <folder>', 'journals and gate.json; an interrupted gate goes on there')
    .option('--junit <file>', 'write JUnit XML there')
    .option('--markdown <file>', 'write Markdown there')
}

function common(command: Command): Command {
  return command
    .option('--config <file>', 'configuration; by default tidemark.yaml, or defaults where there is none')
    .option('--json', 'results as JSON')
    .option('--log-level <level>', 'trace, debug, info, warn, error or silent')
}

function demoOptions(command: Command): Command {
  return command
    .option('--once', 'exit after the verdict instead of serving the page')
    .option('--json <file>', 'write the result there')
    .option('--no-change', 'the control: the model stays as it is')
    .option('--days <count>', 'simulated days', '60')
    .option('--per-day <count>', 'calls a day', '100')
    .option('--change-day <day>', 'day of the model update', '31')
    .option('--seed <number>', 'of tickets and answers', '1')
    .option('--port <port>', 'port of the page; 0 takes any free one', '8433')
    .option('--store <file>', 'SQLite file; by default a fresh temporary one')
    .option('--metrics-endpoint <url>', "send the agent's OTLP metrics there")
}

function version(): string {
  const manifest: { version: string } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return manifest.version
}
