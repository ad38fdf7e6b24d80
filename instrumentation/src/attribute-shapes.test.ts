import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { createAttributeShapes } from './attribute-shapes.ts'

setFlagsFromString('--allow-natives-syntax')
const isFast: unknown = runInNewContext('(object) => %HasFastProperties(object)')

test('an object with the attributes of a learned span is no hash table, in the same sequence only', () => {
  const names = Array.from({ length: 24 }, (_, index) => `learned.${index}`)
  expect(fast(filled(names))).toBe(false)

  const shapes = createAttributeShapes()
  shapes.learn({ attributes: filled(names) })

  expect(fast(filled(names))).toBe(true)
  expect(fast(filled(names.toReversed()))).toBe(false)
  // the shapes live as long as whoever learned them
  expect(shapes).toBeDefined()
})

test('a span without visible attributes teaches nothing and harms nothing', () => {
  const shapes = createAttributeShapes()
  expect(() => shapes.learn({})).not.toThrow()
  expect(() => shapes.learn({ attributes: 'none' })).not.toThrow()
})

/** As the SDK fills its own. */
function filled(names: readonly string[]): object {
  const attributes: Record<string, string> = {}
  for (const name of names) attributes[name] = 'value'
  return attributes
}

function fast(object: object): unknown {
  return typeof isFast === 'function' ? Reflect.apply(isFast, undefined, [object]) : undefined
}
