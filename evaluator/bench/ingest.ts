import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { resolveComponent } from '../../scripts/components.ts'
import { startPostgres } from '../tests/postgres-server.ts'
import { bodyMaker, SPANS_PER_BODY } from './ingest-bodies.ts'
import { onOneCore, serveEvaluator, type ServedEvaluator } from './served-evaluator.ts'

/** What ingest does on one engine, beside a bare insert of the same rows in the same run. */
export type IngestFigures = {
  /** Spans acknowledged, that is committed. */
  readonly spansPerSecond: number
  readonly bareInsertPerSecond: number
  /** Of a request of 512 spans, from sending it to its answer, with {@link CONNECTIONS} senders. */
  readonly p99Milliseconds: number
  /** CPU time of the evaluator for a thousand spans. */
  readonly cpuMillisecondsPerThousand: number
  /** Memory of the evaluator after a fifth of the run and at its end. */
  readonly residentMegabytes: { readonly early: number; readonly late: number }
}

export type AgentsFigures = {
  readonly count: number
  /** One scrape of /metrics with all agents. */
  readonly metricsMilliseconds: number
  readonly residentMegabytes: number
}

const CONNECTIONS = 4
const AGENTS = 200
const WARM_UP_SECONDS = 2
const MEGABYTE = 1024 * 1024
const BARE_INSERT = fileURLToPath(new URL('bare-insert.ts', import.meta.url))

/** Ingest over HTTP into the real program on one core, by senders of {@link AGENTS} agents on another. */
export async function measureIngest(seconds: number): Promise<{
  ingest: { sqlite: IngestFigures; postgres: IngestFigures | null }
  agents: AgentsFigures
}> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-bench-'))
  try {
    const sqlite = await measureStore(folder, seconds, (name) => `sqlite:${join(folder, `${name}.db`)}`)
    const program = await resolveComponent('postgres', { build: false })
    if ('missing' in program) {
      process.stderr.write(`skipped, ingest on PostgreSQL: ${program.missing}\n`)
      return { ingest: { sqlite: sqlite.figures, postgres: null }, agents: sqlite.agents }
    }
    const server = await startPostgres(program.path, { isDurable: true })
    try {
      for (const name of ['served', 'bare']) await server.query(`create database ${name}`)
      const postgres = await measureStore(folder, seconds, (name) => server.url(name))
      return { ingest: { sqlite: sqlite.figures, postgres: postgres.figures }, agents: sqlite.agents }
    } finally {
      await server.remove()
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function measureStore(
  folder: string,
  seconds: number,
  urlOf: (name: 'served' | 'bare') => string,
): Promise<{ figures: IngestFigures; agents: AgentsFigures }> {
  const evaluator = await serveEvaluator(folder, urlOf('served'))
  try {
    const warmUp = await load(evaluator, WARM_UP_SECONDS)
    const cpu = evaluator.cpuSeconds()
    const run = await load(evaluator, seconds)
    const used = evaluator.cpuSeconds() - cpu
    return {
      figures: {
        spansPerSecond: run.spans / run.seconds,
        // as many rows: a table that has grown takes more slowly
        bareInsertPerSecond: bareInsert(urlOf('bare'), (warmUp.spans + run.spans) / SPANS_PER_BODY),
        p99Milliseconds: run.p99Milliseconds,
        cpuMillisecondsPerThousand: (1e6 * used) / run.spans,
        residentMegabytes: run.residentMegabytes,
      },
      agents: await agentsFigures(evaluator),
    }
  } finally {
    await evaluator.stop()
  }
}

function bareInsert(url: string, batches: number): number {
  const [command, parameters] = onOneCore(process.execPath, [BARE_INSERT, url, String(batches)])
  return Number(execFileSync(command, [...parameters], { encoding: 'utf8' }))
}

type Load = {
  readonly spans: number
  readonly seconds: number
  readonly p99Milliseconds: number
  readonly residentMegabytes: { readonly early: number; readonly late: number }
}

/** Sends for a time, each sender its next request after the answer to the last one. Anything but 200 is an error. */
async function load(evaluator: ServedEvaluator, seconds: number): Promise<Load> {
  const started = performance.now()
  const until = started + seconds * 1000
  const latencies: number[] = []
  const pool = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  let early: number | undefined
  let number = 0
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const maker = bodyMaker(Date.now() - 60_000)
      while (performance.now() < until) {
        const body = maker.make(number++ % AGENTS)
        const sent = performance.now()
        const status = await post(`${evaluator.url}/v1/traces`, body, pool)
        if (status !== 200) throw new Error(`a request was answered ${status}`)
        latencies.push(performance.now() - sent)
        if (performance.now() > started + seconds * 200) early ??= evaluator.residentBytes()
      }
    }),
  )
  pool.destroy()
  const late = evaluator.residentBytes()
  const sorted = latencies.toSorted((a, b) => a - b)
  return {
    spans: latencies.length * SPANS_PER_BODY,
    seconds: (performance.now() - started) / 1000,
    p99Milliseconds: sorted[Math.floor(sorted.length * 0.99)] ?? Number.NaN,
    residentMegabytes: { early: (early ?? late) / MEGABYTE, late: late / MEGABYTE },
  }
}

function post(url: string, body: Uint8Array, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-protobuf', 'content-length': String(body.length) }
    const sent = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.once('end', () => resolve(response.statusCode ?? 0))
      response.once('error', reject)
    })
    sent.once('error', reject)
    sent.end(body)
  })
}

async function agentsFigures(evaluator: ServedEvaluator): Promise<AgentsFigures> {
  const maker = bodyMaker(Date.now() - 60_000)
  const pool = new Agent({ keepAlive: true })
  // a short run has not come to all of them
  for (let agent = 0; agent < AGENTS; agent++) await post(`${evaluator.url}/v1/traces`, maker.make(agent), pool)
  pool.destroy()
  const started = performance.now()
  const text = await (await fetch(`${evaluator.url}/metrics`)).text()
  const metricsMilliseconds = performance.now() - started
  const names = new Set([...text.matchAll(/gen_ai_agent_name="(agent-\d+)"/gu)].map((match) => match[1]))
  return { count: names.size, metricsMilliseconds, residentMegabytes: evaluator.residentBytes() / MEGABYTE }
}
