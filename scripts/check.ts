// npm run check: types, lint, format and unit tests, in seconds.
import { report, runStep, STATIC_STEPS } from './runner.ts'

const results = await Promise.all([
  ...STATIC_STEPS.map((step) => runStep(step)),
  runStep({ name: 'unit tests', command: 'vitest', args: ['run', '--project', 'unit', '--reporter=minimal'] }),
])
for (const result of results) console.log(report(result))
process.exitCode = results.every(({ isGood }) => isGood) ? 0 : 1
