// npm run test:surface: everything that others touch, on the real program: commands, configuration, API, limits. Slower and
// harder than in npm test: 10,000 odd requests to every route, 10,000 idle connections.
import { spawn } from 'node:child_process'
import { ROOT } from './runner.ts'

const TESTS = [
  'evaluator/src/http',
  'evaluator/tests/http',
  'evaluator/tests/surface',
  'evaluator/tests/service/foreign-token.test.ts',
  'evaluator/tests/cli',
  'tests/house/container.test.ts',
]

const child = spawn('vitest', ['run', '--project', 'unit', '--project', 'system', ...TESTS], {
  cwd: ROOT,
  env: {
    TIDEMARK_FUZZ_REQUESTS: '10000',
    TIDEMARK_IDLE_CONNECTIONS: '10000',
    ...process.env,
    PATH: `${ROOT}node_modules/.bin:${process.env['PATH'] ?? ''}`,
  },
  stdio: 'inherit',
})
child.on('close', (code) => {
  process.exitCode = code ?? 1
})
