import { expect, test } from 'vitest'
import { engineOfUrl, maskedStoreUrl } from './store-url.ts'

test.each([
  ['sqlite:./tidemark.db', 'sqlite'],
  ['postgres://localhost/tidemark', 'postgres'],
  ['postgresql://ada:secret@db.test:6543/tidemark?sslmode=verify-full', 'postgres'],
  ['sqlite:', undefined],
  ['postgres://', undefined],
  ['postgres://db.test:port/x', undefined],
  ['mysql://localhost/x', undefined],
  ['./tidemark.db', undefined],
])('the engine of %s is %s', (url, engine) => {
  expect(engineOfUrl(url)).toBe(engine)
})

test('an address is shown without its password, wherever that stands', () => {
  expect(maskedStoreUrl('postgres://ada:s%40cret@db.test/x')).toBe('postgres://ada:***@db.test/x')
  expect(maskedStoreUrl('postgres://db.test/x?password=hush')).toBe('postgres://db.test/x?password=***')
  expect(maskedStoreUrl('postgres://ada@db.test/x')).toBe('postgres://ada@db.test/x')
  expect(maskedStoreUrl('sqlite:./a.db')).toBe('sqlite:./a.db')
})
