// The CommonJS build that is published beside the ESM build of `tsc -b`. Runs before every `npm pack`.
import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const folder = fileURLToPath(new URL('dist/commonjs/', import.meta.url))
rmSync(folder, { recursive: true, force: true })
build(['-b', '.'])
build(['-p', 'tsconfig.commonjs.json'])
writeFileSync(`${folder}package.json`, '{ "type": "commonjs" }\n')

function build(args) {
  const { status } = spawnSync('tsc', args, { cwd: fileURLToPath(new URL('.', import.meta.url)), stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}
