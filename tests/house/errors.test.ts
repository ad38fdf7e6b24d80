import { describe, expect, test } from 'vitest'
import { ERROR_CODES } from '../../evaluator/src/domain/errors.ts'
import { ERROR_STATUS } from '../../evaluator/src/http/error-status.ts'
import { STATISTICS_ERROR_CODES } from '../../evaluator/src/statistics/index.ts'
import { headingsOf, projectFiles, readText, sectionOf } from './repository.ts'

const document = readText('docs/errors.md')

describe('docs/errors.md', () => {
  test('has a heading for each code, and none for a code that is gone', () => {
    const codes = new Set([
      ...ERROR_CODES,
      ...instrumentationCodes(),
      ...STATISTICS_ERROR_CODES,
      ...codesOfClasses(['scripts/components.ts', 'alerts/render-error.ts']),
    ])
    expect(headingsOf(document, 3).toSorted()).toEqual([...codes].toSorted())
  })

  test('says what to do below each heading', () => {
    for (const code of headingsOf(document, 3))
      expect(sectionOf(document, code).trim().length, code).toBeGreaterThan(40)
  })

  test.each(Object.entries(ERROR_STATUS).filter(([, status]) => status < 500 || status === 503))(
    'names the status of %s, %i',
    (code, status) => {
      expect(sectionOf(document, code)).toContain(String(status))
    },
  )

  test('says of a code that nothing raises it, exactly while nothing does', () => {
    const sources = projectFiles()
      .filter((path) => /^evaluator\/(src|playback)\/.*\.ts$/u.test(path) && !path.endsWith('.test.ts'))
      .filter((path) => !/(domain\/errors|http\/error-status|cli\/exit-code)\.ts$/u.test(path))
      .map((path) => readText(path))
    const unraised = ERROR_CODES.filter((code) => !sources.some((text) => text.includes(`'${code}'`)))
    const saidToBe = headingsOf(document, 3).filter((code) => /raises\s+this\s+code/u.test(sectionOf(document, code)))
    expect(saidToBe.toSorted()).toEqual(unraised.filter((code) => code !== 'internal').toSorted())
  })
})

/** The union of string literals in the instrumentation's errors, which has no run-time list. */
function instrumentationCodes(): string[] {
  const union = /export type TidemarkErrorCode =([\s\S]*?)\n\n/u.exec(readText('instrumentation/src/errors.ts'))?.[1]
  const codes = [...(union ?? '').matchAll(/\| '(\w+)'/gu)].map((match) => match[1] ?? '')
  expect(codes.length).toBeGreaterThan(5)
  return codes
}

function codesOfClasses(paths: readonly string[]): string[] {
  return paths.map((path) => {
    const code = /readonly code = '(\w+)'/u.exec(readText(path))?.[1]
    if (code === undefined) throw new Error(`${path} has no error class with a code`)
    return code
  })
}
