import { z } from 'zod'
import type { Configuration } from '../../config.ts'
import { bad, good, warning, type Finding } from './finding.ts'
import { probe } from './probe.ts'

const SKEW_SECONDS = 60
/** The alert without which nobody is paged. */
const ALERT = 'AgentQualityDrift'

const vector = z.object({ data: z.object({ result: z.array(z.object({ value: z.tuple([z.number(), z.string()]) })) }) })
const rules = z.object({
  data: z.object({ groups: z.array(z.object({ rules: z.array(z.object({ name: z.string() })) })) }),
})
const alertmanagers = z.object({ data: z.object({ activeAlertmanagers: z.array(z.unknown()) }) })

/** Whether Prometheus scrapes this evaluator, has its rules, knows the time, and reaches an Alertmanager. */
export async function monitoringFindings({ monitoring, listen }: Configuration, now: () => number): Promise<Finding[]> {
  const { prometheus, alertmanager } = monitoring
  const findings: Finding[] = []
  if (prometheus === undefined)
    findings.push(
      warning(
        'Prometheus',
        'its address is not known, so nothing can be said of scraping, rules and paging',
        'Set monitoring.prometheus, such as http://127.0.0.1:9090.',
      ),
    )
  else findings.push(...(await prometheusFindings(base(prometheus), `${listen.host}:${listen.port}`, now)))
  if (alertmanager !== undefined) findings.push(await alertmanagerFinding(base(alertmanager)))
  return findings
}

async function prometheusFindings(url: string, target: string, now: () => number): Promise<Finding[]> {
  const up = await probe(`${url}/api/v1/query?query=${encodeURIComponent('up{job="tidemark"}')}`)
  if (!up.reached)
    return [bad('Prometheus', `${url} does not answer: ${up.why}`, 'Start it, or correct monitoring.prometheus.')]
  const answer = vector.safeParse(up.body)
  if (!answer.success)
    return [
      bad('Prometheus', `${url} answers ${up.status}, and not as Prometheus does`, 'Correct monitoring.prometheus.'),
    ]
  const values = answer.data.data.result.map(({ value }) => value[1])
  return [
    scraping(url, values, target),
    ...clock(up.serverTime, now()),
    await ruleFinding(url),
    await pagingFinding(url),
  ]
}

function scraping(url: string, values: readonly string[], target: string): Finding {
  if (values.includes('1')) return good('scraping', `${url} scrapes the job tidemark`)
  if (values.length === 0)
    return bad(
      'scraping',
      `${url} has no job tidemark`,
      `Add it to scrape_configs as in alerts/prometheus.yml, with the target ${target}.`,
    )
  return bad(
    'scraping',
    `${url} cannot scrape the job tidemark`,
    `Its page /targets says why: the target has to be ${target}, with a token of the role read for every agent where tokens.read is set.`,
  )
}

function clock(serverTime: number | undefined, now: number): Finding[] {
  if (serverTime === undefined) return []
  const seconds = Math.round((now - serverTime) / 1000)
  if (Math.abs(seconds) <= SKEW_SECONDS) return [good('clock', 'agrees with that of Prometheus')]
  return [
    bad(
      'clock',
      `this machine is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} Prometheus`,
      'Let both follow an NTP server: slots would be run at the wrong time, and alerts about age be wrong.',
    ),
  ]
}

async function ruleFinding(url: string): Promise<Finding> {
  const answer = await probe(`${url}/api/v1/rules`)
  const parsed = rules.safeParse(answer.reached ? answer.body : undefined)
  const names = parsed.success ? parsed.data.data.groups.flatMap((group) => group.rules.map(({ name }) => name)) : []
  if (names.includes(ALERT)) return good('rules', `${url} has ${ALERT}`)
  return bad(
    'rules',
    `${url} has not loaded ${ALERT}, so nobody is paged`,
    'Add alerts/rules/*.yml to rule_files and reload Prometheus.',
  )
}

async function pagingFinding(url: string): Promise<Finding> {
  const answer = await probe(`${url}/api/v1/alertmanagers`)
  const parsed = alertmanagers.safeParse(answer.reached ? answer.body : undefined)
  const count = parsed.success ? parsed.data.data.activeAlertmanagers.length : 0
  if (count > 0) return good('paging', `${url} sends to ${count} Alertmanagers`)
  return bad(
    'paging',
    `${url} sends its alerts to no Alertmanager`,
    'Add it under alerting.alertmanagers in the configuration of Prometheus, as in alerts/prometheus.yml.',
  )
}

async function alertmanagerFinding(url: string): Promise<Finding> {
  const answer = await probe(`${url}/-/ready`)
  if (answer.reached && answer.status === 200) return good('Alertmanager', `${url} is ready`)
  return bad(
    'Alertmanager',
    answer.reached ? `${url} answers ${answer.status}` : `${url} does not answer: ${answer.why}`,
    'Start it, or correct monitoring.alertmanager: without it no alert reaches a person.',
  )
}

function base(url: string): string {
  return url.replace(/\/$/u, '')
}
