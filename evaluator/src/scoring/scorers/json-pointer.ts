import { z } from 'zod'

/** A JSON Pointer (RFC 6901): "" is the whole value, "/items/0/price" a part of it. */
export const jsonPointer = z
  .string()
  .refine((text) => text === '' || (text.startsWith('/') && !/~(?![01])/u.test(text)), {
    error: (issue) => `${JSON.stringify(issue.input)} is no JSON Pointer; write "" for everything or "/field/0/name"`,
  })

/** The part of a JSON value; undefined where there is none. Own properties only: `/__proto__` finds what the text has. */
export function atPointer(value: unknown, pointer: string): unknown {
  let part = value
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~')
    if (Array.isArray(part)) {
      part = /^(0|[1-9]\d*)$/u.test(key) ? part[Number(key)] : undefined
    } else if (typeof part === 'object' && part !== null && Object.hasOwn(part, key)) {
      part = Object.getOwnPropertyDescriptor(part, key)?.value
    } else {
      return undefined
    }
  }
  return part
}
