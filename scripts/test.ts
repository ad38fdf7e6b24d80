// npm test: everything. Real components are resolved first; what cannot be had is skipped with a line, and is a failure
// where TIDEMARK_REQUIRE_ALL=1 (as in CI). The last line counts over all runners.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { report, ROOT, runStep, STATIC_STEPS } from './runner.ts'

const isEverythingRequired = process.env['TIDEMARK_REQUIRE_ALL'] === '1'
let passed = 0
let failed = 0
let skipped = 0

for (const step of STATIC_STEPS) {
  const result = await runStep(step)
  console.log(report(result))
  if (result.isGood) passed += 1
  else failed += 1
}

// built or found before the tests start, so that no test waits for a compiler
const components = await runLoudly('node', ['scripts/components.ts'])
if (components !== 0 && isEverythingRequired) failed += 1

const folder = mkdtempSync(join(tmpdir(), 'tidemark-tests-'))
const outputFile = join(folder, 'vitest.json')
const status = await runLoudly('vitest', [
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${outputFile}`,
])
const counts = readCounts(outputFile)
rmSync(folder, { recursive: true })
passed += counts.passed
failed += counts.failed
skipped += counts.skipped
// a file that cannot be loaded, or an unhandled rejection, fails the run without failing a test
if (status !== 0 && counts.failed === 0) failed += 1

if (isEverythingRequired && skipped > 0) {
  console.log(`${skipped} tests were skipped although everything is required`)
  failed += skipped
}
console.log(
  `\n${passed} passed, ${failed} failed${isEverythingRequired || skipped === 0 ? '' : `, ${skipped} skipped`}`,
)
process.exitCode = failed === 0 ? 0 : 1

function readCounts(file: string): { passed: number; failed: number; skipped: number } {
  const results: { numPassedTests: number; numFailedTests: number; numPendingTests: number; numTodoTests: number } =
    JSON.parse(readFileSync(file, 'utf8'))
  return {
    passed: results.numPassedTests,
    failed: results.numFailedTests,
    skipped: results.numPendingTests + results.numTodoTests,
  }
}

function runLoudly(command: string, args: readonly string[]): Promise<number> {
  const child = spawn(command, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${ROOT}node_modules/.bin:${process.env['PATH'] ?? ''}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve(code ?? 1))
  })
}
