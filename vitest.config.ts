import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url))

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
          name: 'system',
          globalSetup: './tests/build-first.ts',
          include: ['tests/**/*.test.ts', '{instrumentation,evaluator,alerts,dashboards}/tests/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
})
