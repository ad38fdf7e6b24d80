import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { stringify } from 'yaml'
import { groupNames, ruleFiles } from '../../../alerts/tests/shipped.ts'

const run = promisify(execFile)
/** How promtool tells what a rule gave. */
const GOT = /got:\s*(?<got>\{[\s\S]*|nil)/u

/**
 * Agent and score of the alerts of one rule that fire when Prometheus has scraped this page of `/metrics` for ten minutes: the
 * shipped rules over the real names, labels and values.
 */
export async function firingOn(promtool: string, metrics: string, alert: string): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tidemark-rules-'))
  try {
    const file = join(folder, 'rules.test.yml')
    writeFileSync(
      file,
      stringify({
        rule_files: ruleFiles(),
        group_eval_order: groupNames(),
        evaluation_interval: '1m',
        tests: [
          {
            interval: '1m',
            input_series: samplesOf(metrics).map(({ series, value }) => ({ series, values: `${value}x10` })),
            // no alert has this label: promtool then tells what it got instead
            promql_expr_test: [
              { expr: `ALERTS{alertname="${alert}",alertstate="firing"}`, eval_time: '10m', exp_samples: NOTHING },
            ],
          },
        ],
      }),
    )
    const told = await run(promtool, ['test', 'rules', file]).then(
      ({ stdout }) => stdout,
      (error: { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
    )
    const got = GOT.exec(told)?.groups?.['got']
    if (got === undefined) throw new Error(`promtool said nothing about ${alert}: ${told}`)
    return [...got.matchAll(/gen_ai_agent_name="([^"]*)".*?score="([^"]*)"/gu)].map(
      ([, agent, score]) => `${agent} ${score}`,
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const NOTHING = [{ labels: '{never="here"}', value: 1 }]

function samplesOf(metrics: string): { series: string; value: string }[] {
  return metrics
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const end = line.lastIndexOf(' ')
      return { series: line.slice(0, end), value: line.slice(end + 1) }
    })
}
