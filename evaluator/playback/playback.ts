import { TidemarkError } from '../src/domain/errors.ts'
import type { VerdictRecord } from '../src/domain/verdict.ts'
import { fastForward, type FastForwardEvent } from '../src/demo/fast-forward.ts'
import { startProvider } from '../src/demo/provider-thread.ts'
import { draw, seededRandom, seedOf } from '../src/demo/seeded-random.ts'
import { simulatedDays } from '../src/demo/simulated-days.ts'
import { simulationResult, type SimulationResult } from '../src/demo/simulation-result.ts'
import { startSimulation, type Simulation } from '../src/demo/simulation.ts'
import { createPlaybackAgent } from './playback-agent.ts'
import { answersOf } from './recorded-answer.ts'
import { readPromptTemplates, readRecordings, type RecordedCall, type Recording } from './recordings.ts'

export type PlaybackOptions = {
  /** Folder of the function-calls format. */
  readonly data: string
  readonly before: string
  /** The same run: a control, nothing changes. */
  readonly after: string
  readonly days: number
  readonly perDay: number
  readonly changeDay: number
  readonly seed: number
  readonly port: number
  /** SQLite file to keep; undefined: a temporary one, removed at the end. */
  readonly store: string | undefined
  readonly metricsEndpoint: string | undefined
}

export type Playback = { readonly result: SimulationResult; readonly verdicts: readonly VerdictRecord[] }

/** Calls under way at a time: enough to keep the agent and the provider's thread busy. */
const CONCURRENCY = 12

/**
 * Plays two recorded runs as one agent's traffic: the first answers until the change day, then the second.
 * @throws {TidemarkError} `recorded_data_invalid`, `argument_invalid`
 */
export async function runPlayback(
  options: PlaybackOptions,
  tell: (event: FastForwardEvent) => void,
  now: () => number,
): Promise<Playback> {
  const startedAt = now()
  const [before, after] = readBoth(options)
  const cases = sharedCases(before, after)
  requireCases(cases, options.perDay)
  const templates =
    before.run.mode === 'prompt' || after.run.mode === 'prompt' ? readPromptTemplates(options.data) : undefined
  const isControl = before.run.run === after.run.run
  const agent = agentName(before.run.agent)
  const days = simulatedDays(options.days, startedAt)
  const provider = await startProvider(new URL('./provider-worker.ts', import.meta.url), answersOf([before, after]))
  let simulation: Simulation | undefined
  try {
    simulation = await startSimulation({
      agent,
      days,
      perDay: options.perDay,
      providerUrl: provider.baseUrl,
      port: options.port,
      store: options.store,
      content: 'none',
      metricsEndpoint: options.metricsEndpoint,
    })
    const ask = createPlaybackAgent({ ...simulation, alias: modelAlias(before.run.agent), templates })
    const { verdicts } = await fastForward(
      {
        agent,
        days,
        perDay: options.perDay,
        changeDay: isControl ? null : options.changeDay,
        modelBefore: before.run.run,
        modelAfter: after.run.run,
        concurrency: CONCURRENCY,
        random: seededRandom(seedOf(options.seed, 'moments')),
        casesOf: (day, count) => draw(cases, count, seededRandom(seedOf(options.seed, 'cases', day))),
        work: (caseId, day) => {
          const recording = !isControl && day >= options.changeDay ? after : before
          return ask(recording, callOf(recording, caseId))
        },
      },
      { ...simulation, provider },
      tell,
    )
    const changeDay = isControl ? null : options.changeDay
    const calls = simulation.callsMade()
    const seconds = (now() - startedAt) / 1000
    return { result: simulationResult({ agent, days, changeDay, verdicts, calls, seconds }), verdicts }
  } finally {
    await provider.stop()
    await simulation?.stop()
  }
}

function readBoth({ data, before, after }: PlaybackOptions): readonly [Recording, Recording] {
  const recordings = readRecordings(data, [...new Set([before, after])])
  const find = (name: string): Recording => {
    const found = recordings.find((recording) => recording.run.run === name)
    if (found === undefined) throw new Error(`readRecordings lost the run ${name}`)
    return found
  }
  return [find(before), find(after)]
}

/** Ids of the cases that both runs answered, in a fixed order: the draws depend on nothing else. */
function sharedCases(before: Recording, after: Recording): readonly string[] {
  const shared = [...before.calls.keys()].filter((caseId) => after.calls.has(caseId)).sort()
  if (shared.length > 0) return shared
  throw new TidemarkError(
    'recorded_data_invalid',
    `The runs ${before.run.run} and ${after.run.run} have no case in common.`,
    'Choose two runs over the same cases.',
  )
}

/** A day asks no case twice. @throws {TidemarkError} `argument_invalid` */
function requireCases(cases: readonly string[], perDay: number): void {
  if (perDay <= cases.length) return
  throw new TidemarkError(
    'argument_invalid',
    `--per-day ${perDay} is more than the ${cases.length} cases that both runs answered.`,
    `Use --per-day with at most ${cases.length}.`,
  )
}

function callOf(recording: Recording, caseId: string): RecordedCall {
  const call = recording.calls.get(caseId)
  if (call === undefined) throw new Error(`${recording.run.run} lost the case ${caseId}`)
  return call
}

/** `gpt-4o/prompt` is asked for as `gpt-4o`. */
function modelAlias(agent: string): string {
  return agent.split('/')[0] ?? agent
}

/** `gpt-4o/prompt` is watched as `gpt-4o-prompt`: names of agents are parts of addresses. */
function agentName(agent: string): string {
  return agent.replaceAll(/[^A-Za-z0-9._-]+/gu, '-')
}
