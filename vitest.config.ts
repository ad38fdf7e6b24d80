import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { everyComponentIsRequired, resolveComponent } from './scripts/components.ts'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Tests that store something: they run on SQLite with all others, and once more on PostgreSQL. */
const STORING = [
  'evaluator/tests/{cli,publish,service,store}/**/*.test.ts',
  'evaluator/tests/ingest/{back-pressure,content-policy,import-exports,late-spans,side-by-side,signals}.test.ts',
]
const SYSTEM = { testTimeout: 120_000, hookTimeout: 120_000 }

const postgres = await resolveComponent('postgres', { build: false })
// where everything is required, the tests on PostgreSQL are run, and fail by what is missing
const onPostgres = !('missing' in postgres) || everyComponentIsRequired()
if (!onPostgres) process.stderr.write(`skipped, every test on PostgreSQL: ${postgres.missing}\n`)

export default defineConfig({
  // tests read the sources of the sibling packages, never a stale build
  resolve: {
    alias: [
      { find: '@tidemark/instrumentation/semconv', replacement: source('./instrumentation/src/semconv.ts') },
      { find: '@tidemark/instrumentation', replacement: source('./instrumentation/src/index.ts') },
      { find: '@tidemark/example-support-triage', replacement: source('./examples/support-triage/src/index.ts') },
    ],
  },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          // pure functions share one module graph: a third of the time; what needs a world of its own is a system test
          isolate: false,
          include: ['{instrumentation,evaluator,dashboards}/src/**/*.test.ts', 'examples/*/src/**/*.test.ts'],
        },
      },
      {
        extends: true,
        test: {
          ...SYSTEM,
          name: 'system',
          globalSetup: './tests/build-first.ts',
          include: ['tests/**/*.test.ts', '{instrumentation,evaluator,alerts,dashboards}/tests/**/*.test.ts'],
          provide: { engine: 'sqlite' },
        },
      },
      ...(onPostgres
        ? [
            {
              extends: true as const,
              test: {
                ...SYSTEM,
                name: 'postgres',
                globalSetup: ['./tests/build-first.ts', './evaluator/tests/postgres-for-tests.ts'],
                include: STORING,
                // commands that open no store say the same beside any
                exclude: [...configDefaults.exclude, 'evaluator/tests/cli/{configuration,help}.test.ts'],
                provide: { engine: 'postgres' as const },
              },
            },
          ]
        : []),
    ],
  },
})
