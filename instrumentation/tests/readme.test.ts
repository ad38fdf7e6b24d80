import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { retryOptions, tidemarkOptions } from '../src/options.ts'
import { ESCALATION_REASONS, INSTRUMENT, OUTPUT_SHAPES, ROUTES, VALIDATION_OUTCOMES } from '../src/semconv.ts'
import { PACKAGE } from './packed.ts'

const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8')

/** The words in code style of the first cells of a section's tables. */
function explained(heading: string): string[] {
  const [, section = ''] = readme.split(`\n## ${heading}\n`)
  const rows = (section.split('\n## ')[0] ?? '').matchAll(/^\| (`[^|]+)\|/gmu)
  return [...rows].flatMap(([, cell = '']) => [...cell.matchAll(/`([^`]+)`/gu)].map(([, word = '']) => word))
}

describe('the README', () => {
  it('explains every option, and none that does not exist', () => {
    const options = [...Object.keys(tidemarkOptions.shape), ...Object.keys(retryOptions.shape)]
    expect(explained('Options').toSorted()).toEqual(options.toSorted())
  })

  it('explains every outcome of a validation and every route of a decision', () => {
    expect(explained('Validate, decide, escalate').toSorted()).toEqual([...ROUTES, ...VALIDATION_OUTCOMES].toSorted())
  })

  it('names every metric of its own and every form of an output', () => {
    const names = [...Object.values(INSTRUMENT).map(({ name }) => name), ...OUTPUT_SHAPES]
    expect(names.filter((name) => !readme.includes(`\`${name}\``))).toEqual([])
  })

  it('names every reason of an escalation', () => {
    expect(ESCALATION_REASONS.filter((reason) => !readme.includes(`\`${reason}\``))).toEqual([])
  })
})
