import { readFileSync } from 'node:fs'
import { html, raw } from 'hono/html'
import { layout, type Markup } from './layout.ts'

/** Made from docs/runbook.md, so trusted; the same place from the sources and from the build. */
const FRAGMENT = new URL('../../../assets/runbook.html', import.meta.url)

/** What to do for each alert; the links of alerts lead to its headings. */
export function runbookPage(): Markup {
  return layout({
    title: 'Runbook',
    main: html`<article class="prose">${raw(readFileSync(FRAGMENT, 'utf8'))}</article>`,
  })
}
