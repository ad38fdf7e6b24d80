import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { haveComponents } from '../../tests/stack/component-or-skip.ts'
import { startPrometheus, type Prometheus } from '../../tests/stack/prometheus.ts'
import { emittedSeries, type KnownSeries } from './known-series.ts'
import { labelsOf, syntaxTree } from './promql-labels.ts'
import { alertRules, recordingRules } from './shipped.ts'
import { printedLabels, templateQueries } from './templates.ts'

const available = await haveComponents('prometheus')

describe.skipIf(!available)('every metric, label and closed value that the rules use exists', () => {
  let prometheus: Prometheus
  let known: KnownSeries

  const labels = async (expression: string): Promise<ReadonlySet<string>> => {
    const found = labelsOf(await syntaxTree(prometheus.url, expression), known)
    if (found === undefined) throw new Error(`${expression} is a number`)
    return found
  }

  beforeAll(async () => {
    prometheus = await startPrometheus({ files: new Map([['prometheus.yml', 'global: {}\n']]) })
    known = emittedSeries()
    for (const { record, expr } of recordingRules()) {
      const recorded = new Set(await labels(expr))
      known.set(record, recorded)
    }
  })

  afterAll(async () => {
    await prometheus?.stop()
  })

  test('in the recording rules', () => {
    for (const { record } of recordingRules()) expect(known.get(record)?.size, record).toBeGreaterThan(0)
  })

  test.each(alertRules().map((rule) => [`${rule.alert} (${rule.labels['severity']})`, rule] as const))(
    'in %s',
    async (_, rule) => {
      const own = await labels(rule.expr)
      const texts = Object.values(rule.annotations).join('\n')
      expect(printedLabels(texts).filter((label) => !own.has(label))).toEqual([])
      for (const query of templateQueries(texts)) {
        const answer = await labels(query.expression)
        expect(
          query.printed.filter((label) => !answer.has(label)),
          query.expression,
        ).toEqual([])
      }
    },
  )

  test('every recorded series is read by a rule, an alert or its text', () => {
    const texts = recordingRules().map(({ expr }) => expr)
    for (const { expr, annotations } of alertRules()) texts.push(expr, ...Object.values(annotations))
    const unread = recordingRules().filter(({ record }) => !texts.some((text) => text.includes(record)))
    // for the dashboards: repaired outputs are no alert, and never silent
    expect(unread.map(({ record }) => record)).toEqual(['agent:tidemark_validations_repaired:ratio_rate1h'])
  })

  test.each([
    ['tidemark_drift_evidences', "nothing emits or records 'tidemark_drift_evidences'"],
    ['tidemark_drift_evidence{agent="a"}', "tidemark_drift_evidence has no label 'agent'"],
    ['tidemark_drift_verdict{verdict="drifted"}', "tidemark_drift_verdict has no verdict 'drifted'"],
    ['tidemark_agent_mode{mode=~"shadow|off"}', "tidemark_agent_mode has no mode 'off'"],
    ['sum by (severity) (tidemark_drift_verdict)', "no label 'severity' there"],
    [
      'max by (gen_ai_agent_name) (tidemark_drift_verdict) and on (job) up',
      "the left side of and on (job): no label 'job'",
    ],
    ['max by (gen_ai_agent_name) (tidemark_drift_verdict) > max by (job) (up)', 'the sides never match'],
    ['sum by (', 'unclosed left parenthesis'],
  ])('a wrong rule is found: %s', async (expression, message) => {
    await expect(labels(expression)).rejects.toThrow(message)
  })
})

test('a label value that enters a query unescaped is found', () => {
  expect(() => templateQueries(`{{ printf "up{job='%s'}" $labels.job | query }}`)).toThrow('without %q')
})
