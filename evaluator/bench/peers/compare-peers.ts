import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AgentTrace } from '../agent-trace.ts'
import type { Experiment } from '../detection-plan.ts'
import { seenThrough, tracesOf, type Watched } from '../detection-report.ts'
import { mean } from '../detection-rows.ts'
import { isFittedYear, thresholdAtRate } from '../equal-rate.ts'
import type { SimulationResult } from '../simulation-task.ts'
import { eitherSide, eitherSideAt, viewAt } from '../tidemark-views.ts'
import { type Exchanged, type PeerPages, readPages, writeTraffic } from './exchange.ts'
import { type Peer, pythonEnvironment, run } from './python-environments.ts'

export type Simulated = { readonly experiment: Experiment; readonly results: readonly SimulationResult[] }

/** ADWIN with the question that pages answer, as its script names it. */
export const WORSENING = 'river ADWIN, improvements left out'

/** A peer that pages in more years than this has no rate worth matching. */
const HIGHEST_RATE = 0.5

/**
 * The packages of others on the traffic that Tidemark saw, at their defaults, and Tidemark again with a threshold that gives
 * it the measured false-page rate of each. What cannot be installed is named in one line and left out.
 */
export function comparePeers(simulated: readonly Simulated[], peers: readonly Peer[]): Watched[] {
  const base = simulated.filter(
    ({ experiment }) =>
      experiment.follow === 'tidemark' && experiment.variant === '' && experiment.list !== 'noDriftPairs',
  )
  const exchanged = base.map(({ experiment }, index) => ({ id: `s${index}`, experiment }))
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-peers-'))
  try {
    writeTraffic(folder, exchanged, peers)
    const watched = peers.flatMap((peer) => runPeer(peer, folder, exchanged))
    return [...watched, ...atTheirRates(watched, base)]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function runPeer(peer: Peer, folder: string, exchanged: readonly Exchanged[]): Watched[] {
  process.stderr.write(`${peer.name}\n`)
  const environment = pythonEnvironment(peer)
  if ('skipped' in environment) {
    process.stderr.write(`skipped: ${environment.skipped}\n`)
    return []
  }
  const script = fileURLToPath(new URL(peer.script, import.meta.url))
  const file = join(folder, `${peer.name}.json`)
  // -B: no compiled files beside the sources
  const problem = run(environment.python, ['-B', script, folder, file])
  if (problem !== undefined) {
    process.stderr.write(`skipped: ${peer.name} failed on the traffic (${problem})\n`)
    return []
  }
  return watchedPages(readPages(file), exchanged)
}

/** The packages look at each day alone or start again after a detection: earlier pages do not count against them. */
function watchedPages(pages: PeerPages, exchanged: readonly Exchanged[]): Watched[] {
  return Object.entries(pages).flatMap(([detector, byScenario]) =>
    exchanged.flatMap(({ id, experiment }) => {
      const agents = byScenario[id]?.map(({ pages: days, scores }) => {
        const flags = new Uint8Array(experiment.scenario.runs)
        for (const day of days) flags[day] = 1
        return { pages: flags, ...(scores === undefined ? {} : { scores: Float64Array.from(scores) }) }
      })
      return agents === undefined || agents.length === 0 ? [] : [{ experiment, detector, hasMemory: false, agents }]
    }),
  )
}

/** For every peer and dataset: a threshold fitted on half of the years, reported on the other half and on all changes. */
function atTheirRates(peers: readonly Watched[], base: readonly Simulated[]): Watched[] {
  const datasets = [...new Set(base.map(({ experiment }) => experiment.dataset))]
  const detectors = [...new Set(peers.map(({ detector }) => detector))]
  return detectors.flatMap((detector) =>
    datasets.flatMap((dataset) => {
      const those = base.filter(({ experiment }) => experiment.dataset === dataset)
      const years = peers
        .filter((one) => one.detector === detector && one.experiment.dataset === dataset && isYear(one.experiment))
        .flatMap(({ agents }) => agents)
      const rate = mean(years.map(({ pages }) => (pages.includes(1) ? 1 : 0)))
      if (!(rate <= HIGHEST_RATE)) return []
      const fittedYears = those.flatMap(({ experiment, results }, run) =>
        isYear(experiment) ? tracesOf(results).filter((_, year) => isFittedYear(run, year)) : [],
      )
      if (fittedYears.length === 0) return []
      const matched = (evidence: (trace: AgentTrace) => Float64Array): number =>
        thresholdAtRate(
          fittedYears.map((trace) => Math.max(...evidence(trace))),
          rate,
        )
      const views = [
        viewAt(
          `tidemark at the false-page rate of ${detector}`,
          matched(({ logGated }) => logGated),
        ),
        // what leaves improvements out is compared with pages alone
        ...(detector === WORSENING
          ? []
          : [eitherSideAt(`tidemark, page or notice, at the false-page rate of ${detector}`, matched(eitherSide))]),
      ]
      return those.flatMap(({ experiment, results }, run) => {
        const traces = tracesOf(results).filter((_, year) => !isYear(experiment) || !isFittedYear(run, year))
        return traces.length === 0 ? [] : views.map((view) => seenThrough(view, experiment, traces))
      })
    }),
  )
}

function isYear({ list }: Experiment): boolean {
  return list === 'noChange'
}
