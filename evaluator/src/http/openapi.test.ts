import { expect, test } from 'vitest'
import { exampleApp } from '../../tests/http/example-app.ts'

test('the document lists exactly the routes that are registered', async () => {
  const { app } = exampleApp()
  const { paths } = (await (await app.request('/api/openapi.json')).json()) as { paths: Record<string, object> }
  const listed = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  )
  const registered = app.routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/gu, '{$1}')}`)
  expect(listed.toSorted()).toEqual([...new Set(registered)].toSorted())
})

test('the page of the document names each route, and loads nothing from elsewhere', async () => {
  const { app } = exampleApp()
  const { paths } = (await (await app.request('/api/openapi.json')).json()) as { paths: Record<string, object> }
  const response = await app.request('/api')
  const page = await response.text()
  for (const path of Object.keys(paths)) expect(page).toContain(path)
  expect(page).not.toMatch(/<script|(?:src|href)="https?:/u)
  expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
})
