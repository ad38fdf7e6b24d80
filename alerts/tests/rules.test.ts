import { execFile } from 'node:child_process'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { componentOrSkip } from '../../tests/stack/component-or-skip.ts'
import { removeFolder, temporaryFolder } from '../../tests/stack/temporary-folder.ts'
import { renderAlerts, writeRendered } from '../render.ts'
import {
  ALERTS_FOLDER,
  alertNames,
  alertRules,
  groupNames,
  ruleFiles,
  ruleTests,
  testFiles,
  type RuleTest,
} from './shipped.ts'

const run = promisify(execFile)
const promtool = (await componentOrSkip('promtool')) ?? ''

describe.skipIf(promtool === '')('promtool', () => {
  test('finds nothing to say against the rules', async () => {
    const { stdout } = await run(promtool, ['check', 'rules', '--lint=all', '--lint-fatal', ...ruleFiles()])
    expect(stdout.match(/SUCCESS/gu)).toHaveLength(ruleFiles().length)
  })

  test('accepts the configuration as shipped and as rendered', async () => {
    await run(promtool, ['check', 'config', join(ALERTS_FOLDER, 'prometheus.yml')])
    const folder = temporaryFolder('rendered')
    writeRendered(
      renderAlerts({ tidemarkUrl: 'https://t.test/drift', grafanaUrl: 'https://g.test', interval: '2s' }),
      folder,
    )
    await run(promtool, ['check', 'config', '--lint=all', join(folder, 'prometheus.yml')])
    removeFolder(folder)
  })

  test.each(testFiles().map((path) => [basename(path), path] as const))('%s passes', async (_, path) => {
    const { stdout } = await run(promtool, ['test', 'rules', path])
    expect(stdout).toContain('SUCCESS')
  })
})

describe('every alert', () => {
  const tests = ruleTests().flatMap(({ tests }) => tests)
  const named = (start: string): RuleTest[] => tests.filter(({ name }) => name.startsWith(start))

  test.each(alertNames())('%s has a test in which it fires', (alert) => {
    const expected = named(`${alert} fires`).flatMap(({ alert_rule_test: cases = [] }) => cases)
    expect(
      expected.filter(({ alertname, exp_alerts: alerts }) => alertname === alert && alerts.length > 0),
    ).not.toEqual([])
  })

  const canBeSilent = alertNames().filter((name) => name !== 'TidemarkWatchdog')

  test.each(canBeSilent)('%s has a test in which it does not fire', (alert) => {
    const cases = named(`${alert} does not fire`)
    const alerts = cases.flatMap(({ alert_rule_test: list = [] }) => list)
    const expressions = cases.flatMap(({ promql_expr_test: list = [] }) => list)
    expect([
      ...alerts.filter(({ alertname, exp_alerts: expected }) => alertname === alert && expected.length === 0),
      ...expressions.filter(({ expr, exp_samples: expected }) => expr.includes(alert) && expected.length === 0),
    ]).not.toEqual([])
  })

  test('is tested with groups that exist, recorded before they are read', () => {
    const recorded = ['tidemark-sli', 'tidemark-memory', 'tidemark-evaluator', 'tidemark-heartbeat']
    for (const { file, groupOrder } of ruleTests()) {
      expect(
        groupOrder.filter((name) => !groupNames().includes(name)),
        file,
      ).toEqual([])
      expect(groupOrder.slice(0, 4), file).toEqual(recorded)
    }
  })

  test('carries severity, area and the annotations a person needs', () => {
    for (const { alert, labels, annotations } of alertRules()) {
      expect(['critical', 'warning', 'info', 'none'], alert).toContain(labels['severity'])
      expect(labels['area'], alert).toMatch(/^[a-z]+$/u)
      expect(Object.keys(annotations), alert).toEqual(
        expect.arrayContaining(['summary', 'description', 'runbook_url', 'dashboard_url']),
      )
      // one summary for all agents: it groups and it translates; facts go into the description
      expect(annotations['summary'], alert).not.toMatch(/\{\{|\d/u)
    }
  })

  test('of drift links to its verdict', () => {
    const drift = alertRules().filter(({ alert }) => alert === 'AgentQualityDrift')
    expect(drift).toHaveLength(2)
    for (const { annotations } of drift) {
      expect(annotations['verdict_url']).toMatch(/^https:\/\/tidemark\.example\.org\/agents\/\{\{.*\}\}\/verdict$/u)
    }
  })

  test('about an agent says which model and prompt answer, except a run that failed', () => {
    const silent = alertRules().filter(({ expr, annotations }) => {
      const isAboutAgent = /gen_ai_agent_name|:last3d/u.test(expr)
      return isAboutAgent && !/[Mm]odel/u.test(annotations['description'] ?? '')
    })
    expect(silent.map(({ alert }) => alert)).toEqual(['TidemarkEvaluationFailing'])
  })
})
