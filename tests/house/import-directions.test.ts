import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, matchesGlob } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readText, ROOT } from './repository.ts'

type Row = readonly [file: string, line: string, says: string]

const FROM = (module: string): string => `import { one } from '${module}'\nexport const two = one\n`
const OPENTELEMETRY = 'only telemetry.ts (instrumentation) touches the OpenTelemetry API'
const SQL = 'only store/ touches SQL'

/** One row or more for each pattern of the configuration: a file that must not import what its line imports. */
const FORBIDDEN: readonly Row[] = [
  ['instrumentation/src/seam.ts', FROM('@tidemark/evaluator'), 'the instrumentation knows nothing of the evaluator'],
  [
    'instrumentation/src/path.ts',
    FROM('../../evaluator/src/config.ts'),
    'the instrumentation knows nothing of the evaluator',
  ],
  ['instrumentation/src/spans.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/domain/records.ts', FROM('../store/schema.ts'), 'domain types import no other folder'],
  ['evaluator/src/domain/settings.ts', FROM('../config.ts'), 'domain types import no other folder'],
  ['evaluator/src/domain/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/domain/spans.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/statistics/mean.ts', FROM('../domain/records.ts'), 'statistics imports no other folder'],
  ['evaluator/src/statistics/daily/mean.ts', FROM('../../scoring/sample.ts'), 'statistics imports no other folder'],
  ['evaluator/src/statistics/clock.ts', FROM('node:fs'), 'statistics imports nothing from outside its folder'],
  [
    'evaluator/src/statistics/names.ts',
    FROM('@tidemark/instrumentation/semconv'),
    'statistics imports nothing from outside its folder',
  ],
  [
    'evaluator/src/ingest/spans.ts',
    FROM('../store/telemetry.ts'),
    'ingest imports domain only; service joins the parts',
  ],
  ['evaluator/src/ingest/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/ingest/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/store/runs.ts', FROM('../verdict/watch.ts'), 'store imports domain only; service joins the parts'],
  ['evaluator/src/store/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/schedule/slots.ts',
    FROM('../store/slots.ts'),
    'schedule imports domain and config only; service joins the parts',
  ],
  ['evaluator/src/demo/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/schedule/rows.ts', FROM('better-sqlite3'), SQL],
  ['evaluator/src/schedule/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/scoring/sample.ts',
    FROM('../verdict/watch.ts'),
    'scoring imports domain and statistics only; service joins the parts',
  ],
  ['evaluator/src/scoring/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/scoring/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/verdict/watch.ts',
    FROM('../store/runs.ts'),
    'verdict imports domain, scoring and statistics only; service joins the parts',
  ],
  ['evaluator/src/target/ask.ts', FROM('../store/runs.ts'), 'target imports domain only; service joins the parts'],
  ['evaluator/src/target/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/target/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/harness/report.ts',
    FROM('../store/runs.ts'),
    'harness imports domain, target, scoring, statistics and verdict only; service joins the parts',
  ],
  ['evaluator/src/harness/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/harness/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/verdict/rows.ts', FROM('kysely/migration'), SQL],
  ['evaluator/src/verdict/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/publish/metrics.ts',
    FROM('../store/runs.ts'),
    'publish imports domain only; service joins the parts',
  ],
  ['evaluator/src/publish/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/publish/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/publish/stored-results.ts',
    FROM('../store/runs.ts'),
    'publish imports domain only; service joins the parts',
  ],
  ['evaluator/src/publish/sql-results.ts', FROM('kysely'), SQL],
  ['evaluator/src/http/app.ts', FROM('../service.ts'), 'http imports domain and config only; service joins the parts'],
  [
    'evaluator/src/http/pages/page.ts',
    FROM('../../statistics/index.ts'),
    'http imports domain and config only; service joins the parts',
  ],
  ['evaluator/src/http/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/http/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/service/runner.ts', FROM('../http/app.ts'), 'service is below cli, demo and http'],
  ['evaluator/src/service/steps.ts', FROM('../composition/agent-steps.ts'), 'service is below cli, demo and http'],
  ['evaluator/src/composition/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/composition/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  [
    'evaluator/src/composition/steps.ts',
    FROM('../cli/serve.ts'),
    'composition is part of service.ts, below cli and demo',
  ],
  ['evaluator/src/service/rows.ts', FROM('kysely'), SQL],
  ['evaluator/src/service/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/cli/serve.ts', FROM('../store/open-store.ts'), 'cli goes through the service'],
  ['evaluator/src/cli/rows.ts', FROM('better-sqlite3'), SQL],
  ['evaluator/src/cli/pool.ts', FROM('pg'), SQL],
  ['evaluator/src/cli/tracer.ts', FROM('@opentelemetry/api'), OPENTELEMETRY],
  ['evaluator/src/publish/environment.ts', 'export const home = process.env\n', 'touch the process'],
]

/** What must stay possible, or the folders could not work together. */
const ALLOWED: readonly (readonly [file: string, line: string])[] = [
  ['instrumentation/src/telemetry.ts', FROM('@opentelemetry/api')],
  ['instrumentation/src/ok.ts', FROM('./semconv.ts')],
  ['evaluator/src/domain/ok.ts', FROM('@tidemark/instrumentation/semconv')],
  ['evaluator/src/statistics/daily/ok.ts', FROM('../special/normal.ts')],
  ['evaluator/src/statistics/ok.test.ts', FROM('vitest')],
  ['evaluator/src/ingest/ok.ts', FROM('../domain/records.ts')],
  ['evaluator/src/store/ok.ts', FROM('kysely')],
  ['evaluator/src/schedule/ok.ts', FROM('../config.ts')],
  ['evaluator/src/scoring/ok.ts', FROM('../statistics/index.ts')],
  ['evaluator/src/verdict/ok.ts', FROM('../scoring/sample.ts')],
  ['evaluator/src/publish/evaluation-results.ts', FROM('@opentelemetry/api')],
  ['evaluator/src/publish/ok.ts', FROM('../domain/verdict.ts')],
  ['evaluator/src/http/ok.ts', FROM('../config.ts')],
  ['evaluator/src/composition/ok.ts', FROM('../http/port.ts')],
  ['evaluator/src/service/ok.ts', FROM('../store/runs.ts')],
  ['evaluator/src/cli/ok.ts', FROM('../service.ts')],
  ['evaluator/src/cli/environment.ts', 'export const home = process.env\n'],
]

const DIRECTION_RULES = new Set(['eslint(no-restricted-imports)', 'eslint(no-restricted-globals)'])

const configuration = z
  .object({
    overrides: z.array(
      z.object({
        files: z.array(z.string()),
        rules: z.object({
          'no-restricted-imports': z
            .union([
              z.literal('off'),
              z.tuple([
                z.literal('error'),
                z.object({ patterns: z.array(z.object({ regex: z.string(), message: z.string() })) }),
              ]),
            ])
            .optional(),
        }),
      }),
    ),
  })
  .parse(JSON.parse(readText('.oxlintrc.json')))

const reports = z.object({
  diagnostics: z.array(z.object({ code: z.string(), filename: z.string(), message: z.string(), help: z.string() })),
})

describe('oxlint with the configuration of the project', () => {
  let folder: string
  let found: z.output<typeof reports>['diagnostics']

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tidemark-imports-'))
    cpSync(join(ROOT, '.oxlintrc.json'), join(folder, '.oxlintrc.json'))
    for (const [file, text] of [...FORBIDDEN, ...ALLOWED]) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    const { stdout } = spawnSync(join(ROOT, 'node_modules/.bin/oxlint'), ['--format', 'json'], {
      cwd: folder,
      encoding: 'utf8',
    })
    found = reports.parse(JSON.parse(stdout)).diagnostics.filter(({ code }) => DIRECTION_RULES.has(code))
  })

  afterAll(() => {
    rmSync(folder, { recursive: true, force: true })
  })

  test.each(FORBIDDEN)('%s may not say %j', (file, _, says) => {
    const reported = found.filter(({ filename }) => filename === file)
    expect(reported.map(({ help, message }) => `${message} ${help}`).join('\n')).toContain(says)
  })

  test.each(ALLOWED)('%s may say %j', (file) => {
    expect(found.filter(({ filename }) => filename === file)).toEqual([])
  })

  test('each pattern of the configuration has a row that breaks it', () => {
    const unbroken = configuration.overrides.flatMap(({ files, rules }) => {
      const rule = rules['no-restricted-imports']
      if (rule === undefined || rule === 'off') return []
      const rows = FORBIDDEN.filter(([file]) => files.some((glob) => matchesGlob(file, glob)))
      return rule[1].patterns
        .filter(({ message }) => !rows.some(([, , says]) => says === message))
        .map(({ message }) => `${files.join(', ')}: ${message}`)
    })
    expect(unbroken).toEqual([])
  })
})
