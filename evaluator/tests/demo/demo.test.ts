import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runDemo, type DemoHost } from '../../src/demo/demo.ts'
import type { DemoOptions } from '../../src/demo/demo-arguments.ts'
import { BASELINE_CALLS } from '../../src/demo/fast-forward.ts'

const folder = mkdtempSync(join(tmpdir(), 'tidemark-demo-test-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const OPTIONS: DemoOptions = {
  isOnce: true,
  json: undefined,
  changeDay: 8,
  days: 10,
  perDay: 50,
  seed: 1,
  port: 0,
  store: undefined,
  metricsEndpoint: undefined,
}

/** Runs the demo and gives what it wrote; `whenServing` runs in place of a person who then presses Ctrl-C. */
async function demo(
  options: Partial<DemoOptions>,
  whenServing: (text: string) => Promise<void> = async () => undefined,
) {
  let text = ''
  const host: DemoHost = {
    screen: { write: (part) => void (text += part), isTerminal: false, columns: 120 },
    now: Date.now,
    interrupted: () => whenServing(text),
  }
  const result = await runDemo({ ...OPTIONS, ...options }, host)
  return { result, text }
}

test('the update pages on its day, says the model, shows both answers and writes the result', async () => {
  const json = join(folder, 'out.json')
  const { result, text } = await demo({ json })
  expect(result).toMatchObject({
    agent: 'support-triage',
    days: 10,
    changeDay: 8,
    verdict: 'drift',
    pageDay: 8,
    onsetDay: 8,
  })
  expect(result.causes[0]).toMatchObject({
    kind: 'model',
    change: expect.stringMatching(/gpt-4o-2024-05-13.*gpt-4o-2024-08-06/u),
  })
  expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(result)
  expect(text).toMatch(/Baseline 1 is frozen from 250 examples/u)
  expect(text).toMatch(/measured on recorded outputs: gpt-4o-2024-05-13/u)
  expect(text).toMatch(/PAGE on day 8/u)
  expect(text).toMatch(/baseline: json, validation: valid/u)
  expect(text).toMatch(/```json/u)
  expect(text).toMatch(/[1-9]\d* decisions wait for a person/u)
})

test('without the update nothing pages', async () => {
  const { result, text } = await demo({ changeDay: null })
  expect(result).toMatchObject({ changeDay: null, pageDay: null, onsetDay: null, causes: [] })
  expect(text).toMatch(/No page in 10 days/u)
})

test('the same seed gives the same result', async () => {
  const options = { days: 3, changeDay: 3, seed: 4 }
  const [first, second] = [await demo(options), await demo(options)]
  expect({ ...first.result, seconds: 0 }).toEqual({ ...second.result, seconds: 0 })
})

test('it serves page, metrics and API until it is interrupted, and ends within two seconds', async () => {
  let interruptedAt = Number.POSITIVE_INFINITY
  let url = ''
  const { text } = await demo({ isOnce: false, days: 4, changeDay: 3 }, async (shown) => {
    url = /http:\/\/127\.0\.0\.1:\d+/u.exec(shown)?.[0] ?? ''
    const page = await fetch(`${url}/agents/support-triage/verdict`)
    expect(page.status).toBe(200)
    expect(await page.text()).toContain('support-triage')
    const metrics = await (await fetch(`${url}/metrics`)).text()
    expect(metrics).toMatch(/tidemark_drift_verdict\{gen_ai_agent_name="support-triage",verdict="drift"\} 1/u)
    expect(metrics).not.toMatch(/tidemark_ingest_rejected_total\{[^}]*\} [1-9]/u)
    const api = await fetch(`${url}/api/agents/support-triage/verdict`)
    expect(await api.json()).toMatchObject({ agent: 'support-triage', verdict: 'drift' })
    interruptedAt = performance.now()
  })
  expect(performance.now() - interruptedAt).toBeLessThan(2000)
  expect(text).toMatch(/Page +http:\/\/127\.0\.0\.1:\d+\/agents\/support-triage\/verdict/u)
  await expect(fetch(url)).rejects.toThrow('fetch failed')
})

test('each ticket is counted once, also where the agent asked again', async () => {
  const { result } = await demo({ isOnce: false, days: 2, changeDay: 2, perDay: 40 }, async (shown) => {
    const url = /http:\/\/127\.0\.0\.1:\d+/u.exec(shown)?.[0] ?? ''
    const verdict: unknown = await (await fetch(`${url}/api/agents/support-triage/verdict`)).json()
    expect(verdict).toMatchObject({ samples: 40, excluded: { same_conversation: expect.toSatisfy((n) => n > 10) } })
  })
  expect(result.calls).toBeGreaterThan(BASELINE_CALLS + 2 * 40 + 10)
})

test('a store that exists already is refused, since its history would mix with the simulated one', async () => {
  await expect(demo({ store: folder })).rejects.toMatchObject({
    code: 'argument_invalid',
    message: expect.stringContaining(folder),
  })
})

test("the agent's own metrics go where they are asked to go", async () => {
  const received: string[] = []
  const receiver = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      received.push(`${request.url} ${Buffer.concat(chunks).toString()}`)
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>((resolve) => {
    receiver.listen(0, '127.0.0.1', resolve)
  })
  const address = receiver.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    await demo({ days: 2, changeDay: 2, perDay: 20, metricsEndpoint: `http://127.0.0.1:${port}/v1/metrics` })
  } finally {
    receiver.close()
    receiver.closeAllConnections()
  }
  expect(received.join('\n')).toMatch(/\/v1\/metrics .*tidemark\.validations/u)
})

test('a port that is taken is told with the option that chooses another, and nothing is left running', async () => {
  await demo({ isOnce: false, days: 2, changeDay: 2, perDay: 20 }, async (shown) => {
    const port = Number(/http:\/\/127\.0\.0\.1:(\d+)/u.exec(shown)?.[1])
    await expect(demo({ port })).rejects.toMatchObject({
      code: 'listen_failed',
      message: expect.stringContaining(String(port)),
      next: expect.stringMatching(/^(?!.*listen\.port).*--port 0/u),
    })
  })
})

test('a store that is named is kept', async () => {
  const store = join(folder, 'kept.db')
  await demo({ store, days: 2, changeDay: 2, perDay: 20 })
  expect(readFileSync(store).subarray(0, 15).toString()).toBe('SQLite format 3')
})
