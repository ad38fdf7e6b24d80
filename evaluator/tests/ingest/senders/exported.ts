import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { completion, json, startProvider } from '../../../../instrumentation/tests/loopback-provider.ts'

/** A request for traces as a sender's exporter has made it. */
export interface ExportedBody {
  readonly body: Uint8Array<ArrayBuffer>
  readonly contentType: string
  readonly contentEncoding: string
}

/** What is started; `input` is what it reads from its standard input. */
export interface Program {
  readonly command: string
  readonly values: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
}

export const ANSWER = 'It arrives on Tuesday.'
const PROGRAM = fileURLToPath(new URL('sender-process.ts', import.meta.url))
/** What a sender says without a name of its own is its machine's business; here it is told one. */
const ENVIRONMENT = { OTEL_SERVICE_NAME: 'parcels' }

/**
 * Runs a JavaScript sender, installed in `folder`, against a loopback provider that gives these answers in turn, one call
 * for each; the bodies that it exports.
 */
export async function exportedBy(
  sender: string,
  folder: string,
  answers: readonly object[] = [completion(ANSWER)],
): Promise<readonly ExportedBody[]> {
  const calls = String(answers.length)
  return await recordExport((provider, collector) => {
    const where = ['--folder', folder, '--provider', provider, '--collector', collector]
    return { command: process.execPath, values: [PROGRAM, '--sender', sender, '--calls', calls, ...where] }
  }, answers)
}

/** Runs any program that asks the provider and exports to the collector; it has two minutes. */
export async function recordExport(
  program: (provider: string, collector: string) => Program,
  answers: readonly object[] = [completion(ANSWER)],
): Promise<readonly ExportedBody[]> {
  await using provider = await startProvider(...answers.map((answer) => json(200, answer)))
  const bodies: ExportedBody[] = []
  const collector = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { 'content-type': contentType = '', 'content-encoding': contentEncoding = '' } = request.headers
      if (request.url?.endsWith('/v1/traces') === true)
        bodies.push({ body: Uint8Array.from(Buffer.concat(chunks)), contentType, contentEncoding })
      response.writeHead(200, { 'content-type': contentType }).end(contentType.includes('json') ? '{}' : '')
    })
  }).listen(0, '127.0.0.1')
  await once(collector, 'listening')
  const address = collector.address()
  if (address === null || typeof address === 'string') throw new Error('the collector has no port')
  try {
    const { command, values, env, input = '' } = program(provider.url, `http://127.0.0.1:${address.port}`)
    const child = spawn(command, values, {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: { ...process.env, ...ENVIRONMENT, ...env },
      timeout: 120_000,
    })
    child.stdin.end(input)
    let errors = ''
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
    const [code]: unknown[] = await once(child, 'exit')
    if (code !== 0) throw new Error(`the sender ended with ${String(code)}: ${errors}`)
    return bodies
  } finally {
    collector.closeAllConnections()
    collector.close()
  }
}
