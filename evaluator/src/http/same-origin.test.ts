import { expect, test } from 'vitest'
import { exampleApp, postJson } from '../../tests/http/example-app.ts'

const RUN = 'http://127.0.0.1:8433/api/agents/support-triage/run'
const status = async (headers: Record<string, string>, publicUrl?: string) =>
  (await exampleApp({ publicUrl }).app.request(RUN, postJson({}, headers))).status

test.each([
  ['a page of another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' }],
  ['a page of a sibling host', { 'sec-fetch-site': 'same-site', origin: 'https://other.example.test' }],
  ['a browser that sends the origin alone', { origin: 'https://evil.test' }],
  ['a sandboxed frame', { origin: 'null' }],
  ['another port of this machine', { origin: 'http://127.0.0.1:3000' }],
])('%s may not change anything', async (_, headers) => {
  expect(await status(headers)).toBe(403)
})

test.each([
  ['a program', {}],
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'http://127.0.0.1:8433' }],
  ['a person who typed the address', { 'sec-fetch-site': 'none' }],
])('%s may', async (_, headers) => {
  expect(await status(headers)).toBe(200)
})

test('behind a proxy that renames the host, publish.url is an origin of ours', async () => {
  const headers = { 'sec-fetch-site': 'same-origin', origin: 'https://tidemark.example.test' }
  expect(await status(headers, 'https://tidemark.example.test/')).toBe(200)
  expect(await status(headers)).toBe(403)
})

test('reading from another origin is left to the browser, which shows the answer to nobody', async () => {
  const { app } = exampleApp()
  const response = await app.request('http://127.0.0.1:8433/api/agents', { headers: { origin: 'https://evil.test' } })
  expect(response.status).toBe(200)
  expect(response.headers.get('access-control-allow-origin')).toBeNull()
})
