import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type Answer,
  chunk,
  completion,
  events,
  json,
  type LoopbackProvider,
  startProvider,
} from './loopback-provider.ts'
import { scratchInstall } from './npm-scratch.ts'
import { pack } from './packed.ts'
import { type QueueServer, startQueue } from './queue-server.ts'

const isLinux = process.platform === 'linux' && process.arch === 'x64'
const tools = isLinux
  ? scratchInstall({
      '@cloudflare/workerd-linux-64': '1.20261117.1',
      '@opentelemetry/api': '1.10.0',
      esbuild: '0.28.2',
      next: '16.4.6',
      openai: '7.57.0',
      react: '19.2.0',
      'react-dom': '19.2.0',
      webpack: '5.112.2',
      zod: '4.6.7',
    })
  : undefined

/** What the agent has to see and to record, wherever it runs. */
const EXPECTED = {
  plain: 'Fine.',
  streamed: 'Fine.',
  outcome: 'not_json',
  escalations: ['queue', 'escalation_not_stored'],
  spans: [
    'tidemark.attempt',
    'chat gpt-4o',
    'chat gpt-4o',
    'tidemark.validation',
    'tidemark.decision',
    'tidemark.decision',
  ],
  segments: ['greeting'],
  // the hash that Node's own crypto gives: records of an edge function and of a server are comparable
  inputHashes: ['935cb0a08efe04d8'],
}

/** For each run of the agent: a busy provider, an answer, a stream. */
const RUNS = 8
const ANSWERS: readonly Answer[] = Array.from({ length: RUNS }, () => [
  json(503, { error: { message: 'busy' } }, { 'retry-after-ms': '1' }),
  json(200, completion('Fine.')),
  events([chunk({ role: 'assistant', content: 'Fine' }), chunk({ content: '.' }, { finish_reason: 'stop' })]),
]).flat()

describe.skipIf(tools === undefined)('an agent in a bundle', () => {
  const root = tools ?? ''
  const folder = tools === undefined ? '' : mkdtempSync(join(root, 'app-'))
  const at = (...names: string[]): string => join(folder, ...names)
  const bin = (name: string): string => join(root, 'node_modules', '.bin', name)
  let provider: LoopbackProvider
  let queue: QueueServer

  beforeAll(async () => {
    provider = await startProvider(...ANSWERS)
    queue = await startQueue((response, delivery) => response.writeHead(delivery % 2 === 0 ? 201 : 400).end('{}'))
    using packed = pack()
    mkdirSync(at('node_modules', '@tidemark', 'instrumentation'), { recursive: true })
    const target = at('node_modules', '@tidemark', 'instrumentation')
    execFileSync('tar', ['-xzf', packed.tarball, '--strip-components=1', '-C', target])
    copyFileSync(fileURLToPath(new URL('bundled-agent.mjs', import.meta.url)), at('bundled-agent.mjs'))
    const addresses = { PROVIDER_URL: provider.url, QUEUE_URL: queue.url }
    writeFileSync(
      at('addresses.mjs'),
      Object.entries(addresses)
        .map(([name, url]) => `export const ${name} = ${JSON.stringify(url)}\n`)
        .join(''),
    )
  })
  afterAll(async () => {
    await provider?.[Symbol.asyncDispose]()
    await queue?.[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true, force: true })
  })

  it('of none is what the others are compared with', async () => {
    const { answer }: { answer: () => Promise<unknown> } = await import(pathToFileURL(at('bundled-agent.mjs')).href)
    expect(await answer()).toEqual(EXPECTED)
  })

  it('of webpack for Node sees and records the same', async () => {
    const output = { path: at('webpack'), filename: 'agent.cjs', library: { type: 'commonjs2' } }
    await webpack({ mode: 'production', target: 'node', entry: at('bundled-agent.mjs'), context: folder, output })
    const { answer }: { answer: () => Promise<unknown> } = createRequire(import.meta.url)(at('webpack', 'agent.cjs'))
    expect(await answer()).toEqual(EXPECTED)
  })

  it('of esbuild for Cloudflare Workers sees and records the same in workerd, outside of requests and twice', async () => {
    writeFileSync(
      at('worker.mjs'),
      "import { answer } from './bundled-agent.mjs'\nexport default { fetch: async () => Response.json(await answer()) }\n",
    )
    const words = ['worker.mjs', '--bundle', '--format=esm', '--platform=neutral', '--main-fields=module,main']
    execFileSync(
      bin('esbuild'),
      [...words, '--conditions=workerd', '--external:node:*', '--outfile=worker.js', '--log-level=warning'],
      { cwd: folder },
    )
    writeFileSync(at('worker.capnp'), WORKER)
    const program = join(root, 'node_modules', '@cloudflare', 'workerd-linux-64', 'bin', 'workerd')
    const child = spawn(program, ['serve', 'worker.capnp', '--control-fd=1'], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => ended(child))
    const [, port] = await printed(child, /"port":(\d+)/u)
    for (let request = 0; request < 2; request++) {
      expect(await (await fetch(`http://127.0.0.1:${port}`)).json()).toEqual(EXPECTED)
    }
  })

  it('of Next.js sees and records the same in a Node route and in an edge route', async () => {
    for (const [route, runtime] of Object.entries({ node: 'nodejs', edge: 'edge' })) {
      mkdirSync(at('app', route), { recursive: true })
      writeFileSync(
        at('app', route, 'route.js'),
        `import { answer } from '../../bundled-agent.mjs'
export const runtime = '${runtime}'
export const dynamic = 'force-dynamic'
export const GET = async () => Response.json([typeof EdgeRuntime, await answer()])
`,
      )
    }
    writeFileSync(at('app', 'layout.js'), 'export default ({ children }) => children\n')
    const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', CI: '1', NODE_ENV: 'production' } as const
    execFileSync(bin('next'), ['build'], { cwd: folder, env, stdio: 'pipe' })
    const child = spawn(process.execPath, [bin('next'), 'start', '-H', '127.0.0.1', '-p', '0'], {
      cwd: folder,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    onTestFinished(() => ended(child))
    const [, port] = await printed(child, /127\.0\.0\.1:(\d+)/u)
    const seen = async (route: string): Promise<unknown> => (await fetch(`http://127.0.0.1:${port}/${route}`)).json()
    expect(await seen('node')).toEqual(['undefined', EXPECTED])
    expect(await seen('edge')).toEqual(['string', EXPECTED])
  })

  async function webpack(configuration: object): Promise<void> {
    const { default: compile }: { default: (configuration: object, done: Done) => void } = await import(
      pathToFileURL(createRequire(join(root, 'package.json')).resolve('webpack')).href
    )
    await new Promise<void>((resolve, reject) => {
      compile(configuration, (error, stats) => {
        if (error === null && !stats.hasErrors()) resolve()
        else reject(error ?? new Error(stats.toString()))
      })
    })
  }
})

type Done = (error: Error | null, stats: { hasErrors(): boolean; toString(): string }) => void

/** A worker as `wrangler deploy` would make it, with the smallest set of Node's modules. */
const WORKER = `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .worker), (name = "internet", network = (allow = ["private"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "2026-01-01",
  compatibilityFlags = ["nodejs_als"],
);
`

/** What a process writes that fits. */
async function printed(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  child.stderr?.on('data', (data: Buffer) => (text += data.toString()))
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (data: Buffer) => {
      text += data.toString()
      const match = pattern.exec(text)
      if (match !== null) resolve(match)
    })
    child.once('error', reject)
    child.once('close', () => reject(new Error(text)))
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const end = once(child, 'close')
  child.kill('SIGKILL')
  await end
}
