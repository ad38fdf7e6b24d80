import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTidemark, type EscalationRecord } from '@tidemark/instrumentation'
import OpenAI from 'openai'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createTriageAgent, EXAMPLE_TICKETS, triageSchema } from './index.ts'

const [TICKET] = EXAMPLE_TICKETS

/** The agent against a server that answers these texts in turn. */
async function agentWith(contents: readonly string[], options: { readonly reask?: number } = {}) {
  const requests: OpenAI.ChatCompletionCreateParams[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      const content = contents[Math.min(requests.length, contents.length - 1)]
      requests.push(JSON.parse(body))
      const message = { role: 'assistant', content, refusal: null }
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ id: 'c', model: 'm', choices: [{ index: 0, finish_reason: 'stop', message }] }))
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  const folder = mkdtempSync(join(tmpdir(), 'triage-'))
  const escalated: EscalationRecord[] = []
  const tidemark = createTidemark({
    agent: 'support-triage',
    outbox: join(folder, 'outbox'),
    hashKey: 'a key for the tests',
    notify: (escalation) => void escalated.push(escalation),
  })
  onTestFinished(async () => {
    await tidemark.shutdown(0)
    server.closeAllConnections()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  const client = new OpenAI({ apiKey: 'x', baseURL: `http://127.0.0.1:${address.port}/v1` })
  return {
    triage: createTriageAgent({ openai: tidemark.instrument(client), tidemark, ...options }),
    requests,
    escalated,
  }
}

const sure = '{"category":"billing","priority":"high","summary":"Charged twice.","confidence":0.95}'

it('a sure and valid triage is automatic', async () => {
  const { triage, requests } = await agentWith([sure])
  if (TICKET === undefined) throw new Error('there is no example ticket')
  expect(await triage(TICKET)).toMatchObject({ route: 'auto', value: { category: 'billing', priority: 'high' } })
  expect(requests[0]?.messages.map(({ role }) => role)).toEqual(['system', 'user'])
  expect(requests[0]?.messages[1]?.content).toContain('Charged twice')
})

it.for([
  ['an unsure triage', '{"category":"billing","priority":"low","summary":"?","confidence":0.3}', 'low_confidence'],
  ['an invented category', sure.replace('billing', 'sales'), 'validation_failed'],
  ['a fenced answer', `\`\`\`json\n${sure}\n\`\`\``, 'validation_failed'],
] as const)('%s goes to a person with question, ticket and answer', async ([, content, reason], { expect }) => {
  const { triage, escalated } = await agentWith([content])
  if (TICKET === undefined) throw new Error('there is no example ticket')
  expect(await triage(TICKET)).toMatchObject({ route: 'escalated', reason })
  await vi.waitFor(() => expect(escalated).toHaveLength(1))
  expect(escalated[0]).toMatchObject({
    reason,
    question: 'Which category and priority does ticket T-1001 have?',
    context: { ticket: 'T-1001', channel: 'email' },
    input: { subject: 'Charged twice' },
  })
})

it('a re-ask tells the model what was wrong', async () => {
  const { triage, requests } = await agentWith(['Billing!', sure], { reask: 1 })
  if (TICKET === undefined) throw new Error('there is no example ticket')
  expect(await triage(TICKET)).toMatchObject({ route: 'auto' })
  expect(requests[1]?.messages.map(({ role }) => role)).toEqual(['system', 'user', 'assistant', 'user'])
  expect(requests[1]?.messages.at(-1)?.content).toContain('not_json')
})

it('the schema takes no key it does not know', () => {
  expect(triageSchema.safeParse({ ...JSON.parse(sure), tone: 'angry' }).success).toBe(false)
})
