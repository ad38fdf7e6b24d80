import type { RejectionReason } from '../domain/records.ts'
import { abbreviate } from './abbreviate.ts'
import { type Attributes, type AttributeValue, firstOf } from './decoded-traces.ts'
import { DIALECT, type RecordField } from './dialect.ts'
import type { IngestLimits } from './limits.ts'
import type { Refusal } from './span-refusal.ts'

/**
 * The attributes of one span while its record is made. An optional value of the wrong type counts as absent and is
 * counted; the first value that makes the record impossible is kept as the refusal.
 */
export class SpanReading {
  refusal: Refusal | null = null
  valuesDropped = 0
  contentDropped = 0
  private readonly attributes: Attributes
  private readonly limits: IngestLimits

  constructor(attributes: Attributes, limits: IngestLimits) {
    this.attributes = attributes
    this.limits = limits
  }

  text(field: RecordField): string | null {
    const value = this.value(field)
    if (value === undefined) return null
    return typeof value === 'string' ? this.bounded(value, field) : this.dropped()
  }

  /** A text, or a whole number as its digits: versions are counted in some dialects. */
  label(field: RecordField): string | null {
    const value = this.value(field)
    return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : this.text(field)
  }

  /** The first text of a list; a text alone is a list of one. */
  firstText(field: RecordField): string | null {
    return this.texts(field)[0] ?? null
  }

  texts(field: RecordField): readonly string[] {
    const value = this.value(field)
    if (value === undefined) return []
    const list: readonly AttributeValue[] = Array.isArray(value) ? value : [value]
    const texts = list.filter((entry) => typeof entry === 'string')
    if (texts.length < list.length) this.valuesDropped += 1
    return texts.map((text) => this.bounded(text, field))
  }

  /** A whole number from 0. */
  count(field: RecordField): number | null {
    const value = this.value(field)
    if (value === undefined) return null
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : this.dropped()
  }

  /** A finite number for which `accepts` holds. */
  number(field: RecordField, accepts: (value: number) => boolean): number | null {
    const value = this.value(field)
    if (value === undefined) return null
    return typeof value === 'number' && Number.isFinite(value) && accepts(value) ? value : this.dropped()
  }

  /** One of a closed set, or null. */
  choice<Value extends string>(field: RecordField, choices: readonly Value[]): Value | null {
    const value = this.value(field)
    if (value === undefined) return null
    return choices.find((choice) => choice === value) ?? this.dropped()
  }

  /** One of a closed set that the record cannot do without: anything else refuses the span. */
  neededChoice<Value extends string>(
    field: RecordField,
    choices: readonly Value[],
    whenAbsent: Value | null,
  ): Value | null {
    const value = this.value(field)
    if (value === undefined && whenAbsent !== null) return whenAbsent
    const choice = choices.find((entry) => entry === value)
    if (choice !== undefined) return choice
    this.refuse(
      'bad_value',
      `${DIALECT[field][0]} ${value === undefined ? 'is missing' : `is ${abbreviate(value)}`}; it has to be one of ${choices.join(', ')}.`,
    )
    return null
  }

  /** JSON text of messages, as text or structured; longer than the limit, it is dropped and counted. */
  content(field: RecordField): string | null {
    const value = this.value(field)
    if (value === undefined) return null
    const text = typeof value === 'string' ? storable(value) : JSON.stringify(value)
    if (isWithin(text, this.limits.contentBytes)) return text
    this.contentDropped += 1
    return null
  }

  refuse(reason: RejectionReason, message: string): void {
    this.refusal ??= { reason, message }
  }

  private value(field: RecordField): AttributeValue | undefined {
    return firstOf(this.attributes, DIALECT[field])
  }

  private bounded(text: string, field: RecordField): string {
    if (isWithin(text, this.limits.attributeBytes)) return storable(text)
    this.refuse(
      'attribute_too_long',
      `${DIALECT[field][0]} has ${Buffer.byteLength(text)} bytes (${abbreviate(text, 40)}); the limit is ${this.limits.attributeBytes}. Send an identifier there, not content.`,
    )
    return ''
  }

  private dropped(): null {
    this.valuesDropped += 1
    return null
  }
}

/** Databases keep neither NUL nor half a surrogate pair: both become U+FFFD. */
export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed()
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\uFFFD') : wellFormed
}

/** Measures in bytes only where characters leave it open: a UTF-16 unit has at most 3 bytes in UTF-8. */
function isWithin(text: string, bytes: number): boolean {
  return text.length * 3 <= bytes || (text.length <= bytes && Buffer.byteLength(text) <= bytes)
}
