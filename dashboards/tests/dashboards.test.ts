import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { emittedSeries, type KnownSeries } from '../../alerts/tests/known-series.ts'
import { labelsOf, syntaxTree } from '../../alerts/tests/promql-labels.ts'
import { recordingRules } from '../../alerts/tests/shipped.ts'
import { DEFAULT_DEFINITIONS } from '../../evaluator/src/scoring/scored-call.ts'
import { haveComponents } from '../../tests/stack/component-or-skip.ts'
import { startPrometheus, type Prometheus } from '../../tests/stack/prometheus.ts'
import { dashboards } from '../src/dashboards.ts'
import { OUTPUT_FORM_SCORE } from '../src/panels/output-form.ts'

const GRAFANA_WIDTH = 24

const model = z.object({
  uid: z.string(),
  annotations: z.object({ list: z.array(z.object({ expr: z.string().optional() })) }),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string(), query: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.number(),
      title: z.string(),
      type: z.string(),
      description: z.string(),
      datasource: z.object({ uid: z.string() }),
      gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
      targets: z.array(z.object({ refId: z.string(), expr: z.string(), legendFormat: z.string().optional() })),
    }),
  ),
})
type Model = z.output<typeof model>

const committed = [...dashboards().keys()].map((uid): [string, Model] => [
  uid,
  model.parse(JSON.parse(readDashboard(uid))),
])

describe.each(committed)('the committed dashboard %s', (uid, dashboard) => {
  test('is what the code makes', () => {
    expect(JSON.parse(readDashboard(uid))).toEqual(JSON.parse(JSON.stringify(dashboards().get(uid))))
  })

  test('is found under the uid that alerts link to', () => {
    expect(dashboard.uid).toBe(uid)
    expect(dashboard.templating.list.map(({ name }) => name)).toContain('agent')
  })

  test('begins with data freshness, evaluator freshness and firing alerts', () => {
    const top = dashboard.panels.filter(({ gridPos }) => gridPos.y === 0).map(({ title }) => title)
    expect(top).toEqual(['Data freshness', 'Evaluator freshness', 'Firing alerts'])
  })

  test('has panels side by side, none over another or beyond the edge', () => {
    const cells = new Set<string>()
    for (const { title, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(GRAFANA_WIDTH)
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++)
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          expect(cells.has(`${x},${y}`), `${title} at ${x},${y}`).toBe(false)
          cells.add(`${x},${y}`)
        }
    }
  })

  test('has an id, a description and the chosen data source in every panel', () => {
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length)
    for (const { title, description, datasource } of dashboard.panels) {
      expect(description.length, title).toBeGreaterThan(10)
      expect(datasource.uid, title).toBe('${prometheus}')
    }
  })
})

test('the score of the output form exists under the name the panel asks for', () => {
  expect(DEFAULT_DEFINITIONS.map(({ name }) => name)).toContain(OUTPUT_FORM_SCORE)
})

const available = await haveComponents('prometheus')

describe.skipIf(!available)('every metric, label and closed value that a dashboard asks for exists', () => {
  let prometheus: Prometheus
  let known: KnownSeries

  const labels = async (expression: string): Promise<ReadonlySet<string>> =>
    labelsOf(await syntaxTree(prometheus.url, expression), known) ?? new Set()

  beforeAll(async () => {
    prometheus = await startPrometheus({ files: new Map([['prometheus.yml', 'global: {}\n']]) })
    known = emittedSeries()
    known.set('ALERTS', new Set(['alertname', 'alertstate', 'severity', 'gen_ai_agent_name']))
    for (const { record, expr } of recordingRules()) known.set(record, new Set(await labels(expr)))
  })

  afterAll(async () => {
    await prometheus?.stop()
  })

  test.each(
    committed.flatMap(([, { panels }]) =>
      panels.flatMap(({ title, targets }) => targets.map((one) => [title, one] as const)),
    ),
  )('in %s, %o', async (_, { expr, legendFormat = '' }) => {
    const result = await labels(expr)
    const inLegend = [...legendFormat.matchAll(/\{\{(\w+)\}\}/gu)].map(([, label = '']) => label)
    expect(inLegend.filter((label) => !result.has(label))).toEqual([])
  })

  test.each(committed.flatMap(([, { annotations }]) => annotations.list.flatMap(({ expr }) => expr ?? [])))(
    'in the annotation %s',
    async (expression) => {
      expect([...(await labels(expression))].toSorted()).toEqual(['kind', 'value'])
    },
  )

  test.each(
    committed.flatMap(([, { templating }]) =>
      templating.list.filter(({ type }) => type === 'query').map(({ name, query }) => [name, query] as const),
    ),
  )('in the variable %s: %s', async (_, query) => {
    const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/u.exec(query) ?? []
    expect((await labels(series)).has(label)).toBe(true)
  })

  test('a metric that nothing emits would be found', async () => {
    await expect(labels('tidemark_drift_evidences{gen_ai_agent_name="$agent"}')).rejects.toThrow('nothing emits')
  })
})

function readDashboard(uid: string): string {
  return readFileSync(join(import.meta.dirname, '..', 'generated', `${uid}.json`), 'utf8')
}
