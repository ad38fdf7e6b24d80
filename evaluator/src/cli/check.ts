import { readConfiguration, type Configuration } from '../config.ts'
import { describeError } from '../domain/errors.ts'
import { maskedStoreUrl } from '../domain/store-url.ts'
import { environmentSecret } from '../environment-settings.ts'
import { agentFindings } from './checks/agent-findings.ts'
import { bad, good, warning, type Finding } from './checks/finding.ts'
import { judgeFindings } from './checks/judge-findings.ts'
import { monitoringFindings } from './checks/monitoring-findings.ts'
import { probe } from './checks/probe.ts'
import { settingFindings } from './checks/setting-findings.ts'
import { storePlaceFinding } from './checks/store-findings.ts'
import { EXIT, exitCodeOfError, type ExitCode } from './exit-code.ts'
import { withService, type CommonOptions } from './open-service.ts'
import { createTerminal, table } from './terminal.ts'

/** Looks at configuration, store, evaluator, monitoring and every agent, and says what to do about what it finds. */
export async function check(options: CommonOptions): Promise<ExitCode> {
  const terminal = createTerminal(options.json ?? false)
  const findings = await findAll(options)
  terminal.json(findings)
  terminal.line(table(findings.map(({ state, what, detail }) => [state, what, detail])))
  for (const { state, what, next } of findings) if (state !== 'good') terminal.note(`next, ${what}: ${next}`)
  const wrong = findings.filter(({ state }) => state === 'bad')
  return wrong.length === 0 ? EXIT.good : (wrong.find(({ code }) => code !== undefined)?.code ?? EXIT.error)
}

async function findAll(options: CommonOptions): Promise<Finding[]> {
  let config: Configuration
  try {
    config = readConfiguration(options.config)
  } catch (error) {
    return [errorFinding(error)]
  }
  return [
    ...settingFindings(config),
    ...(await storeFindings(options, config)),
    ...(await judgeFindings(config, environmentSecret(process.env, 'OPENAI_API_KEY')).catch((error: unknown) => [
      errorFinding(error),
    ])),
    await evaluatorFinding(config.listen),
    ...(await monitoringFindings(config, Date.now)),
  ]
}

/** A service that cannot be opened is one finding; what else is wrong is said all the same. */
async function storeFindings(options: CommonOptions, config: Configuration): Promise<Finding[]> {
  const place = storePlaceFinding(config.store.url)
  if (place !== undefined) return [place]
  try {
    return await withService(options, async (service) => {
      await service.ready()
      return [good('store', maskedStoreUrl(config.store.url)), ...(await agentFindings(service, config, Date.now()))]
    })
  } catch (error) {
    return [errorFinding(error)]
  }
}

async function evaluatorFinding({ host, port }: Configuration['listen']): Promise<Finding> {
  const name = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const url = `http://${name.includes(':') ? `[${name}]` : name}:${port}/healthz`
  const answer = await probe(url)
  if (!answer.reached) return warning('evaluator', `nothing answers at ${url}`, 'Start it with "tidemark serve".')
  if (answer.status === 200 && JSON.stringify(answer.body) === '{"status":"alive"}')
    return good('evaluator', `answers at ${url}`)
  return bad(
    'evaluator',
    `what answers at ${url} is another program (${answer.status})`,
    `Stop that program, or change listen.port and where agents and Prometheus send to.`,
  )
}

function errorFinding(error: unknown): Finding {
  const { code, message, next } = describeError(error)
  return { ...bad(code, message, next), code: exitCodeOfError(code) }
}
