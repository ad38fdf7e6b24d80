import { ANY_AGENT, settingsOf, type AgentSettings, type Configuration } from '../../config.ts'
import type { VerdictRecord } from '../../domain/verdict.ts'
import type { Service } from '../../service.ts'
import { bad, good, warning, type Finding } from './finding.ts'
import { scoreFindings } from './score-findings.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const SKEW_MILLISECONDS = 5 * MINUTE
/** A stratum beyond this number is `other`; half of it is a sign that the segments are ids. */
const MOST_STRATA = 50
/** Share of calls with a prompt of their own from which the hash says nothing. */
const DYNAMIC_SHARE = 0.2
const FEWEST_CALLS = 20

/** What the calls, baselines and verdicts of every agent tell. */
export async function agentFindings(service: Service, config: Configuration, now: number): Promise<Finding[]> {
  const agents = await service.agentsSeen()
  const findings: Finding[] = []
  const { host, port } = config.listen
  if (agents.length === 0)
    findings.push(
      warning(
        'agents',
        'no call has arrived yet',
        `Instrument an agent and send its traces to http://${host}:${port}/v1/traces.`,
      ),
    )
  const seen = new Set(agents.map(({ name }) => name))
  if (agents.length > 0)
    for (const name of Object.keys(config.agents))
      if (name !== ANY_AGENT && !seen.has(name))
        findings.push(
          warning(
            `agent ${name}`,
            `is in the configuration and has sent nothing; calls came from ${[...seen].slice(0, 5).join(', ')}`,
            `Is its name the same in createTidemark({ agent }), or in gen_ai.agent.name or service.name of its spans?`,
          ),
        )
  for (const { name, lastSeenAt, calls } of agents) {
    const settings = settingsOf(config, name)
    if (settings === undefined) {
      const next = `Add ${name} under agents:, or leave it to expire.`
      findings.push(warning(`agent ${name}`, 'not in the configuration any more', next))
      continue
    }
    findings.push(silence(name, lastSeenAt, calls, settings, now))
    findings.push(...(await trafficFindings(service, name)), await baselineFinding(service, name, now))
    const newest = await service.verdict(name)
    findings.push(scheduleFinding(name, newest, now), ...missingScores(name, newest))
    findings.push(...scoreFindings(name, (await service.baselines(name)).at(-1), newest))
  }
  return findings
}

function silence(name: string, lastSeenAt: number, calls: number, settings: AgentSettings, now: number): Finding {
  const silent = now - lastSeenAt
  const what = `agent ${name}`
  if (silent < -SKEW_MILLISECONDS)
    return warning(
      `clock of ${name}`,
      `its newest call is ${(-silent / MINUTE).toFixed(0)} minutes ahead of this machine's clock`,
      `Compare both clocks with an NTP server: calls that are too far ahead land in a later slot, or are refused.`,
    )
  const hours = settings.expectedSilenceHours
  const detail = `${calls} calls, the newest ${(Math.max(0, silent) / HOUR).toFixed(1)} hours ago`
  if (silent / HOUR <= hours) return good(what, detail)
  return warning(
    what,
    detail,
    `${name} is silent for longer than its ${hours} hours: is it running, and does OTEL_EXPORTER_OTLP_ENDPOINT lead here?`,
  )
}

async function trafficFindings(service: Service, name: string): Promise<Finding[]> {
  const { calls, strata, promptHashes } = await service.inspectTraffic(name)
  const findings: Finding[] = []
  if (strata > MOST_STRATA)
    findings.push(
      warning(
        `segments of ${name}`,
        `${strata} different segments in the newest ${calls} calls; beyond ${MOST_STRATA} all are one, "other"`,
        'Let tidemark.segment be a kind of input, such as a language or a product, and never an id; or take it out of agents.NAME.segments.',
      ),
    )
  if (calls >= FEWEST_CALLS && promptHashes > calls * DYNAMIC_SHARE)
    findings.push(
      warning(
        `prompt of ${name}`,
        `${promptHashes} different prompt hashes in the newest ${calls} calls, so a new prompt cannot be told`,
        'Give the template instead of the rendered text, or promptVersion, to createTidemark.',
      ),
    )
  return findings
}

async function baselineFinding(service: Service, agent: string, now: number): Promise<Finding> {
  const baseline = (await service.baselines(agent)).at(-1)
  const what = `baseline of ${agent}`
  const freeze = `tidemark baseline freeze --agent ${agent} --production 14d`
  if (baseline === undefined) return warning(what, 'none', `Freeze one: ${freeze}`)
  const detail = `version ${baseline.version}, ${baseline.samples} examples`
  if (baseline.expiresAt > now) return good(what, detail)
  return warning(what, `${detail}, expired`, `Freeze a new one: ${freeze} --replace`)
}

function scheduleFinding(agent: string, newest: VerdictRecord | undefined, now: number): Finding {
  const what = `schedule of ${agent}`
  if (newest === undefined)
    return warning(
      what,
      'no slot was run yet',
      'Leave "tidemark serve" running, or call "tidemark evaluate" from cron.',
    )
  if (newest.changedSettings !== undefined)
    return warning(
      what,
      `other than the baseline was frozen for: ${newest.changedSettings.map(({ name, frozen, now: current }) => `${name} ${frozen} → ${current}`).join(', ')}`,
      `The budget of false alarms does not hold: tidemark baseline freeze --agent ${agent} --production 14d --replace`,
    )
  const interval = newest.intervalSeconds * 1000
  const late = now - newest.slotAt - interval
  const detail = `newest slot ${new Date(newest.slotAt).toISOString()}: ${newest.verdict}`
  if (late <= Math.max(3 * HOUR, interval / 10)) return good(what, detail)
  return bad(what, `${detail}, the next is overdue`, 'Is "tidemark serve" running? Its log says why a run failed.')
}

/** A score that no item of a run, or of the baseline, got is no evidence: its scorer fails, or looks for what is not sent. */
function missingScores(agent: string, newest: VerdictRecord | undefined): Finding[] {
  if (newest === undefined || newest.samples < FEWEST_CALLS) return []
  const next = `A judge or module says why in the log of "tidemark serve"; a score from text needs the text: agents.${agent}.content.accept, and content in createTidemark.`
  const now = newest.scores
    .filter(({ current }) => current.samples === 0)
    .map(({ name }) => ({ name, where: `all ${newest.samples} calls of the newest slot` }))
  const then = (newest.uncompared ?? [])
    .filter(({ reason }) => reason === 'not_in_baseline')
    .map(({ score }) => ({ name: score, where: 'the baseline, so nothing is compared' }))
  return [...now, ...then].map(({ name, where }) =>
    warning(`score ${name} of ${agent}`, `is missing in ${where}`, next),
  )
}
