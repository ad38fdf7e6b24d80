import { describe, expect, it } from 'vitest'
import { tidemarkOptions } from '../src/options.ts'
import { apiPages, writtenPages } from './api-pages.ts'

const pages = apiPages()

describe.skipIf(pages === undefined)('the API reference', () => {
  it('is what the sources say, with a word on every export', () => {
    expect(Object.fromEntries(writtenPages()), 'run npm run generate').toEqual(Object.fromEntries(pages ?? []))
  })

  it('has a page for each entry of the package', () => {
    expect([...(pages?.keys() ?? [])]).toEqual(['README.md', 'index.md', 'node.md', 'semconv.md'])
  })

  it('explains every option', () => {
    const [, options] = (pages?.get('index.md') ?? '').split('### TidemarkOptions\n')
    const explained = [...(options?.split('\n### ')[0] ?? '').matchAll(/^##### (\w+)\??\n\n> .+\n\n(?!#)\S/gmu)]
    expect(explained.map(([, name]) => name ?? '').toSorted()).toEqual(Object.keys(tidemarkOptions.shape).toSorted())
  })
})
