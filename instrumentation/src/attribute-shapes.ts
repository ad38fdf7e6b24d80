import { fieldOf, recordOf } from './untyped.ts'

/** Spans that are looked at before it is taken that no further form of them comes. */
const LEARNED_SPANS = 64

/**
 * Keeps the objects in which the SDK holds the attributes of spans fast. V8 makes a hash table of an object that gets more
 * than some 16 properties one after the other by computed names, at twice the time and a kilobyte of garbage for each span,
 * unless it knows the sequence: it does as long as an object lives that got the same properties as definitions.
 */
export interface AttributeShapes {
  /** Looks at a span that has all its attributes. */
  learn(span: object): void
}

export function createAttributeShapes(): AttributeShapes {
  const shapes = new Map<string, object>()
  let learned = 0
  return {
    learn(span) {
      if (learned === LEARNED_SPANS) return
      learned++
      // a span of an SDK; others have none that can be seen
      const names = Object.keys(recordOf(fieldOf(span, 'attributes')) ?? {})
      const sequence = names.join('\n')
      if (!shapes.has(sequence)) shapes.set(sequence, objectWith(names))
    },
  }
}

function objectWith(names: readonly string[]): object {
  const shape = {}
  for (const name of names) {
    Object.defineProperty(shape, name, { value: '', writable: true, enumerable: true, configurable: true })
  }
  return shape
}
