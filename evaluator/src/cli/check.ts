import { existsSync } from 'node:fs'
import { readConfiguration, settingsOf } from '../config.ts'
import { describeError } from '../domain/errors.ts'
import { engineOfUrl, maskedStoreUrl, sqlitePath } from '../domain/store-url.ts'
import type { Service } from '../service.ts'
import { EXIT, exitCodeOfError, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

type Finding = {
  readonly what: string
  readonly state: 'good' | 'warning' | 'bad'
  readonly detail: string
  readonly next: string
  /** Exit code where it is not the common one of a bad finding. */
  readonly code?: ExitCode
}

const HOUR = 3_600_000
const PROBE_TIMEOUT_MILLISECONDS = 3_000

/** Looks at configuration, store, evaluator and every agent, and says what to do about what it finds. */
export async function check(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const findings = await findAll(options)
  terminal.json(findings)
  terminal.line(table(findings.map(({ state, what, detail }) => [state, what, detail])))
  for (const { state, next } of findings) if (state !== 'good') terminal.note(`next: ${next}`)
  const bad = findings.filter(({ state }) => state === 'bad')
  return bad.length === 0 ? EXIT.good : (bad.find(({ code }) => code !== undefined)?.code ?? EXIT.error)
}

async function findAll(options: CommonOptions): Promise<Finding[]> {
  try {
    const config = readConfiguration(options.config)
    const configured = good('configuration', `${Object.keys(config.agents).length} entries under agents`)
    const store = isMissingFile(config.store.url)
      ? [storeMissing(config.store.url)]
      : await withService(options, (service) => storeFindings(service, options))
    return [configured, ...store, await evaluatorFinding(config.listen)]
  } catch (error) {
    const { code, message, next } = describeError(error)
    return [{ what: code, state: 'bad', detail: message, next, code: exitCodeOfError(code) }]
  }
}

/** Looking at a SQLite store that is not there would make it. */
function isMissingFile(url: string): boolean {
  return engineOfUrl(url) === 'sqlite' && !existsSync(sqlitePath(url))
}

function storeMissing(url: string): Finding {
  return {
    what: 'store',
    state: 'warning',
    detail: `${url} does not exist yet, so no call has arrived`,
    next: 'Start "tidemark serve", which makes it, and send it the traces of an instrumented agent.',
  }
}

async function storeFindings(service: Service, options: CommonOptions): Promise<Finding[]> {
  const config = readConfiguration(options.config)
  await service.ready()
  const agents = await service.agentsSeen()
  const findings = [good('store', maskedStoreUrl(config.store.url))]
  if (agents.length === 0)
    findings.push({
      what: 'agents',
      state: 'warning',
      detail: 'no call has arrived yet',
      next: `Instrument an agent and send its traces to http://${config.listen.host}:${config.listen.port}/v1/traces.`,
    })
  for (const { name, lastSeenAt, calls } of agents) {
    const settings = settingsOf(config, name)
    if (settings === undefined) {
      findings.push({
        what: `agent ${name}`,
        state: 'warning',
        detail: 'not in the configuration any more',
        next: `Add ${name} under agents:, or leave it to expire.`,
      })
      continue
    }
    findings.push(silence(name, lastSeenAt, calls, settings.expectedSilenceHours), await baselineFinding(service, name))
    findings.push(await scheduleFinding(service, name))
  }
  return findings
}

function silence(name: string, lastSeenAt: number, calls: number, hours: number): Finding {
  const silentHours = (Date.now() - lastSeenAt) / HOUR
  const detail = `${calls} calls, the newest ${silentHours.toFixed(1)} hours ago`
  if (silentHours <= hours) return good(`agent ${name}`, detail)
  return {
    what: `agent ${name}`,
    state: 'warning',
    detail,
    next: `${name} is silent for longer than its ${hours} hours: is it running, and does OTEL_EXPORTER_OTLP_ENDPOINT lead here?`,
  }
}

async function baselineFinding(service: Service, agent: string): Promise<Finding> {
  const baseline = (await service.baselines(agent)).at(-1)
  const what = `baseline of ${agent}`
  const freeze = `tidemark baseline freeze --agent ${agent} --production 14d`
  if (baseline === undefined) return { what, state: 'warning', detail: 'none', next: `Freeze one: ${freeze}` }
  const detail = `version ${baseline.version}, ${baseline.samples} examples`
  if (baseline.expiresAt > Date.now()) return good(what, detail)
  return { what, state: 'warning', detail: `${detail}, expired`, next: `Freeze a new one: ${freeze} --replace` }
}

async function scheduleFinding(service: Service, agent: string): Promise<Finding> {
  const what = `schedule of ${agent}`
  const newest = await service.verdict(agent)
  if (newest === undefined)
    return {
      what,
      state: 'warning',
      detail: 'no slot was run yet',
      next: 'Leave "tidemark serve" running, or call "tidemark evaluate" from cron.',
    }
  if (newest.changedSettings !== undefined)
    return {
      what,
      state: 'warning',
      detail: `other than the baseline was frozen for: ${newest.changedSettings.map(({ name, frozen, now }) => `${name} ${frozen} → ${now}`).join(', ')}`,
      next: `The budget of false alarms does not hold: tidemark baseline freeze --agent ${agent} --production 14d --replace`,
    }
  const interval = newest.intervalSeconds * 1000
  const late = Date.now() - newest.slotAt - interval
  const detail = `newest slot ${new Date(newest.slotAt).toISOString()}: ${newest.verdict}`
  const allowed = Math.max(3 * HOUR, interval / 10)
  if (late <= allowed) return good(what, detail)
  return {
    what,
    state: 'bad',
    detail: `${detail}, the next is overdue`,
    next: 'Is "tidemark serve" running? Its log says why a run failed.',
  }
}

async function evaluatorFinding({ host, port }: { host: string; port: number }): Promise<Finding> {
  const url = `http://${host}:${port}/healthz`
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PROBE_TIMEOUT_MILLISECONDS) })
    if (response.ok) return good('evaluator', `answers at ${url}`)
    return {
      what: 'evaluator',
      state: 'bad',
      detail: `${url} answers ${response.status}`,
      next: `Another program may use port ${port}: change listen.port.`,
    }
  } catch {
    return {
      what: 'evaluator',
      state: 'warning',
      detail: `nothing answers at ${url}`,
      next: 'Start it with "tidemark serve".',
    }
  }
}

function good(what: string, detail: string): Finding {
  return { what, state: 'good', detail, next: '' }
}
