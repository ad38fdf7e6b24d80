import { expect, it } from 'vitest'
import { z } from 'zod'
import { createTextHash } from './keyed-hash.ts'
import { schemaIdentity } from './schema-identity.ts'

it('agents of one process that share a schema have its hash by their own keys', () => {
  const schema = z.object({ category: z.string() })
  const [one, other] = ['a key for one agent', 'a key for the other'].map((key) => createTextHash(() => key))
  if (one === undefined || other === undefined) throw new Error('no hash')
  expect(schemaIdentity(schema, one).hash).not.toBe(schemaIdentity(schema, other).hash)
  expect(schemaIdentity(schema, one)).toBe(schemaIdentity(schema, one))
})
