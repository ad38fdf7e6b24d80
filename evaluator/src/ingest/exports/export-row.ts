import { createHash } from 'node:crypto'
import type { AttributeValue } from '../decoded-traces.ts'
import type { JsonObject } from '../json-object.ts'

/** The first of these fields that says something; exports write the same field in camel case, snake case or with dots. */
export function fieldOf(row: JsonObject, ...names: readonly string[]): unknown {
  for (const name of names) {
    const value = row[name]
    if (value !== undefined && value !== null && value !== '') return value
  }
  return undefined
}

export function textField(row: JsonObject, ...names: readonly string[]): string | undefined {
  const value = fieldOf(row, ...names)
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined
}

export function numberField(row: JsonObject, ...names: readonly string[]): number | undefined {
  const value = fieldOf(row, ...names)
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** Nanoseconds of a time: ISO, without a zone as UTC; or a number of epoch milliseconds, as pandas writes it. */
export function timeField(row: JsonObject, ...names: readonly string[]): bigint | undefined {
  const value = fieldOf(row, ...names)
  if (typeof value === 'number')
    return Number.isFinite(value) && value > 0 ? BigInt(Math.round(value)) * 1_000_000n : undefined
  if (typeof value !== 'string') return undefined
  const iso = value.trim().replace(' ', 'T')
  const milliseconds = Date.parse(/(?:Z|[+-]\d{2}:?\d{2})$/u.test(iso) ? iso : `${iso}Z`)
  return Number.isNaN(milliseconds) || milliseconds < 0 ? undefined : BigInt(milliseconds) * 1_000_000n
}

/** Content as an attribute carries it: text, or the JSON of anything else. */
export function contentField(row: JsonObject, ...names: readonly string[]): string | undefined {
  const value = fieldOf(row, ...names)
  return value === undefined || typeof value === 'string' ? value : JSON.stringify(value)
}

/** An id of so many hex digits: the row's own where it is one, else made from it, so that it stays the same. */
export function hexIdOf(id: string | undefined, digits: 16 | 32): string {
  if (id === undefined) return ''
  const plain = id.toLowerCase().replace(/^0x/u, '')
  if (new RegExp(`^[0-9a-f]{${digits}}$`, 'u').test(plain)) return plain
  return createHash('sha256').update(id).digest('hex').slice(0, digits)
}

/** Attributes of those entries that are there. */
export function attributesOf(
  entries: Readonly<Record<string, AttributeValue | undefined>>,
): Map<string, AttributeValue> {
  return new Map(
    Object.entries(entries).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  )
}
