import { writeFileSync } from 'node:fs'
import { createTriageAgent, PROMPT_VERSION } from '@tidemark/example-support-triage'
import type { VerdictRecord } from '../domain/verdict.ts'
import type { DemoOptions } from './demo-arguments.ts'
import { judgementOf, messageText } from './example-text.ts'
import { BASELINE_CALLS, fastForward } from './fast-forward.ts'
import { MODEL_AFTER, MODEL_BEFORE, type MeasuredModel } from './measured-rates.ts'
import { progressTeller, type Screen } from './progress.ts'
import { startProvider, threadFile } from './provider-thread.ts'
import { seededRandom, seedOf } from './seeded-random.ts'
import { sideBySide } from './side-by-side.ts'
import { simulatedDays } from './simulated-days.ts'
import { simulationResult, tellingVerdict, type SimulationResult } from './simulation-result.ts'
import { startSimulation, type Simulation } from './simulation.ts'
import { writeTicket, type WrittenTicket } from './tickets.ts'
import { verdictLines } from './verdict-text.ts'

export type DemoHost = {
  readonly screen: Screen
  /** Epoch milliseconds. */
  readonly now: () => number
  /** Resolves when the user wants to end. */
  readonly interrupted: () => Promise<void>
}

const AGENT = 'support-triage'
const CONCURRENCY = 12

/**
 * Plays days of a support-triage agent whose model is updated, shows the verdict, and serves the evaluator's page until
 * interrupted (unless `isOnce`).
 * @throws {TidemarkError} `listen_failed`, `argument_invalid`
 */
export async function runDemo(options: DemoOptions, host: DemoHost): Promise<SimulationResult> {
  const startedAt = host.now()
  const days = simulatedDays(options.days, startedAt)
  const provider = await startProvider(threadFile('demo-provider', import.meta.url), options.seed)
  let simulation: Simulation | undefined
  try {
    simulation = await startSimulation({
      agent: AGENT,
      promptVersion: PROMPT_VERSION,
      days,
      perDay: options.perDay,
      providerUrl: provider.baseUrl,
      port: options.port,
      store: options.store,
      // the tickets and answers are synthetic, so they may be shown
      content: 'all',
      metricsEndpoint: options.metricsEndpoint,
    })
    const { screen } = host
    screen.write(`${introduction(options, simulation)}\n\n`)
    // one re-ask, as a team would have it: else every answer in a wrong form would reach a person
    const triage = createTriageAgent({ ...simulation, reask: 1 })
    const { verdicts } = await fastForward(
      {
        agent: AGENT,
        days,
        perDay: options.perDay,
        changeDay: options.changeDay,
        modelBefore: MODEL_BEFORE.model,
        modelAfter: MODEL_AFTER.model,
        concurrency: CONCURRENCY,
        random: seededRandom(seedOf(options.seed, 'moments')),
        casesOf: (day, count) => ticketsOf(options.seed, day, count),
        work: async (ticket) => {
          const decision = await triage(ticket)
          if (decision.route === 'failed') throw decision.error
        },
      },
      { ...simulation, provider },
      progressTeller(screen, options.days, `the provider now answers with ${MODEL_AFTER.model}. Nobody told the team.`),
    )
    await provider.stop()
    const seconds = (host.now() - startedAt) / 1000
    const calls = simulation.callsMade()
    const result = simulationResult({ agent: AGENT, days, changeDay: options.changeDay, verdicts, calls, seconds })
    screen.write(`\n${(await conclusion(verdicts, result, simulation, screen, startedAt)).join('\n')}\n`)
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(result, undefined, 2)}\n`)
    if (options.isOnce) return result
    simulation.setClock(host.now())
    screen.write(`\n${addresses(simulation.url).join('\n')}\n`)
    await host.interrupted()
    return result
  } finally {
    await provider.stop()
    await simulation?.stop()
  }
}

function ticketsOf(seed: number, day: number, count: number): readonly WrittenTicket[] {
  const random = seededRandom(seedOf(seed, 'tickets', day))
  return Array.from({ length: count }, (_, index) => writeTicket(`D${day}-${index + 1}`, random))
}

function introduction({ days, perDay, changeDay }: DemoOptions, { url, storeFile }: Simulation): string {
  return [
    `Tidemark watches ${AGENT}, an agent that sorts support tickets. ${days} days pass in fast-forward, ${perDay} tickets a day:`,
    'the openai client, instrumented, asks a provider on this machine; its spans reach the evaluator over OTLP.',
    '',
    `The tickets and answers are synthetic. How often the provider's model leaves the form it was asked for, how fast and`,
    `how long it answers was measured on recorded outputs: ${MODEL_BEFORE.model} (code fences ${fencedShare(MODEL_BEFORE)}, first),`,
    `${MODEL_AFTER.model} (code fences ${fencedShare(MODEL_AFTER)}, ${changeDay === null ? 'not in this run, the control' : `from day ${changeDay}`}).`,
    '',
    `Evaluator  ${url}`,
    `Store      ${storeFile}`,
    `Baseline   ${BASELINE_CALLS} examples of the three days before day 1`,
  ].join('\n')
}

function fencedShare({ forms }: MeasuredModel): string {
  return `${Math.round(forms.fenced * 100)} %`
}

async function conclusion(
  verdicts: readonly VerdictRecord[],
  result: SimulationResult,
  { service }: Simulation,
  screen: Screen,
  now: number,
): Promise<string[]> {
  const { verdict } = tellingVerdict(verdicts)
  const overview = (await service.listAgents()).find(({ agent }) => agent === AGENT)
  return [
    ...verdictLines(verdicts, simulatedDays(result.days, now)),
    '',
    ...(verdict === undefined ? [] : exampleLines(verdict, screen.columns)),
    `${overview?.openReviewItems ?? 0} decisions wait for a person. ${result.calls} calls in ${result.seconds.toFixed(1)} s.`,
  ]
}

/** The first example of now beside one of the baseline of the same segment. */
function exampleLines({ examples }: VerdictRecord, columns: number): string[] {
  const [current] = examples.current
  const before = examples.baseline.find(({ segment }) => segment === current?.segment) ?? examples.baseline[0]
  if (current === undefined || before === undefined) return []
  return [
    `An answer of the baseline and one of now. ${examples.about}`.trimEnd(),
    '',
    ...sideBySide(
      { title: `baseline: ${judgementOf(before)}`, text: messageText(before.output) },
      { title: `now: ${judgementOf(current)}`, text: messageText(current.output) },
      columns,
    ),
    '',
  ]
}

function addresses(url: string): string[] {
  return [
    `Page     ${url}/agents/${AGENT}/verdict`,
    `Metrics  ${url}/metrics`,
    `API      ${url}/api/agents/${AGENT}/verdict`,
    '',
    'The agent has stopped; the evaluator serves until Ctrl-C.',
  ]
}
