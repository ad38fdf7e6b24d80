import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Experiment } from '../detection-plan.ts'
import type { Pool } from '../pool.ts'
import { traffic } from '../traffic.ts'
import type { Peer } from './python-environments.ts'

/** Which experiment a peer sees, under which name in the files. */
export type Exchanged = { readonly id: string; readonly experiment: Experiment }

/** Detector -> scenario -> for each agent the 0-based days with a page, and a score of drift for every day. */
const pages = z.record(
  z.string(),
  z.record(
    z.string(),
    z.array(z.object({ pages: z.array(z.number().int().nonnegative()), scores: z.array(z.number()).optional() })),
  ),
)
export type PeerPages = z.infer<typeof pages>

/** Writes the traffic of all agents: the same draws that Tidemark saw, by their place in the pool. */
export function writeTraffic(folder: string, exchanged: readonly Exchanged[], peers: readonly Peer[]): void {
  const scenarios = exchanged.map(({ id, experiment: { list, scenario, agents } }) => {
    const wanted = ({ agents: { year, change, mix } }: Peer): number =>
      Math.min(agents, list === 'noChange' ? year : list === 'change' ? change : mix)
    const items = Array.from({ length: Math.max(...peers.map(wanted)) }, (_, agent) => {
      const { baseline, days } = traffic(scenario, agent)
      return Buffer.concat([baseline, ...days].map(({ buffer }) => Buffer.from(buffer)))
    })
    writeFileSync(join(folder, `${id}.i32`), Buffer.concat(items))
    const { runs, perDay, baselineItems, changeRun, before, after } = scenario
    return {
      id,
      runs,
      perDay,
      baselineItems,
      changeRun,
      items: `${id}.i32`,
      kinds: before.metrics.map(({ kind }) => kind),
      directions: before.metrics.map(({ direction }) => direction),
      before: columns(before, before),
      after: columns(after, before),
      agents: Object.fromEntries(peers.map((peer) => [peer.script.replace(/\.py$/u, ''), wanted(peer)])),
    }
  })
  writeFileSync(join(folder, 'scenarios.json'), JSON.stringify(scenarios))
}

/** @throws {Error} when the script wrote something else */
export function readPages(file: string): PeerPages {
  return pages.parse(JSON.parse(readFileSync(file, 'utf8')))
}

/** Values of every metric in the order of the first pool; missing ones are null. */
function columns(pool: Pool, order: Pool): (number | null)[][] {
  return order.metrics.map(({ name }) => {
    const values = pool.metrics.find((metric) => metric.name === name)?.values ?? new Float64Array()
    return Array.from(values, (value) => (Number.isFinite(value) ? value : null))
  })
}
