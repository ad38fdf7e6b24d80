/** The committed rules and their tests, read as data. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'

export const ALERTS_FOLDER = join(import.meta.dirname, '..')

const texts = z.record(z.string(), z.string())
const recordingRule = z.strictObject({ record: z.string(), expr: z.string() })
const alertRule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z.string().optional(),
  keep_firing_for: z.string().optional(),
  labels: texts,
  annotations: texts,
})
const ruleFile = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      interval: z.string().optional(),
      rules: z.array(z.union([recordingRule, alertRule])),
    }),
  ),
})
const ruleTest = z.object({
  name: z.string(),
  alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })).optional(),
  promql_expr_test: z.array(z.object({ expr: z.string(), exp_samples: z.array(z.unknown()) })).optional(),
})
const testFile = z.object({ tests: z.array(ruleTest), group_eval_order: z.array(z.string()) })

export type RecordingRule = z.infer<typeof recordingRule>
export type AlertRule = z.infer<typeof alertRule>
export type RuleTest = z.infer<typeof ruleTest>

const listed = (folder: string, ending: string): string[] =>
  readdirSync(join(ALERTS_FOLDER, folder))
    .filter((name) => name.endsWith(ending))
    .toSorted()
    .map((name) => join(ALERTS_FOLDER, folder, name))

export const ruleFiles = (): string[] => listed('rules', '.yml')
export const testFiles = (): string[] => listed('tests', '.test.yml')

const groups = () => ruleFiles().flatMap((path) => ruleFile.parse(parse(readFileSync(path, 'utf8'))).groups)

export const groupNames = (): string[] => groups().map(({ name }) => name)
export const recordingRules = (): RecordingRule[] =>
  groups().flatMap(({ rules }) => rules.filter((rule) => 'record' in rule))
export const alertRules = (): AlertRule[] => groups().flatMap(({ rules }) => rules.filter((rule) => 'alert' in rule))
export const alertNames = (): string[] => [...new Set(alertRules().map(({ alert }) => alert))]

export function ruleTests(): { file: string; groupOrder: string[]; tests: RuleTest[] }[] {
  return testFiles().map((file) => {
    const { tests, group_eval_order: groupOrder } = testFile.parse(parse(readFileSync(file, 'utf8')))
    return { file, groupOrder, tests }
  })
}
