import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** System tests run the built program: it must be built from the sources at hand. */
export function setup(): void {
  const root = fileURLToPath(new URL('..', import.meta.url))
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-b', 'evaluator', 'dashboards'], {
    cwd: root,
    stdio: 'inherit',
  })
}
