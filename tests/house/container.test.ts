import type * as DockerfileUtils from 'dockerfile-utils'
import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { readText } from './repository.ts'

// the package is CommonJS without named exports that Node can see
const { validate }: typeof DockerfileUtils = createRequire(import.meta.url)('dockerfile-utils')

const dockerfile = readText('Dockerfile')
const lastStage = dockerfile.slice(dockerfile.lastIndexOf('\nFROM '))

test('the linter finds nothing in the Dockerfile, and something in a wrong one', () => {
  expect(validate(dockerfile, {}).map(({ message }) => message)).toEqual([])
  expect(validate('FROM node\nUSR 1\n', {})).not.toEqual([])
})

test('the image runs as a user without rights, with a health check, and stops by the signal the program ends well on', () => {
  expect(lastStage).toMatch(/^USER 10001:10001$/mu)
  expect(lastStage).toMatch(/^HEALTHCHECK .*\n\s*CMD \["node", "-e", "fetch\('http:\/\/127\.0\.0\.1:8433\/readyz'\)/mu)
  expect(lastStage).toMatch(/^STOPSIGNAL SIGTERM$/mu)
  // with a form in words a shell would get the signal instead
  expect(lastStage).toMatch(/^ENTRYPOINT \["node", /mu)
})

test('every base is pinned to a version, and everything that is written stands in the volume', () => {
  for (const [, base] of dockerfile.matchAll(/^FROM (\S+)/gmu)) expect(base).toMatch(/^node:\d+\.\d+\.\d+-/u)
  expect(lastStage).toContain('TIDEMARK_STORE_URL=sqlite:/var/lib/tidemark/')
  expect(lastStage).toMatch(/^VOLUME \["\/var\/lib\/tidemark"\]$/mu)
})
