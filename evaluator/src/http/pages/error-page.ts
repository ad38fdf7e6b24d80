import { html } from 'hono/html'
import { visibleText } from './hostile-text.ts'
import { layout, type Markup } from './layout.ts'

/** The three facts of an error for someone who followed a link. */
export function errorPage({
  status,
  code,
  message,
  next,
}: {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly next: string
}): Markup {
  return layout({
    title: 'Not shown',
    main: html`<h1>${visibleText(message)}</h1>
      <p>${visibleText(next)}</p>
      <p class="quiet">${status} <code>${code}</code></p>`,
  })
}
