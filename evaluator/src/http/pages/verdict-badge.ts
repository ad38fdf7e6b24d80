import type { Verdict } from '@tidemark/instrumentation/semconv'
import { html } from 'hono/html'
import type { Markup } from './layout.ts'
import { VERDICT_WORDS } from './words.ts'

/** A verdict as glyph and word; the colour only repeats them. */
export function verdictBadge(verdict: Verdict): Markup {
  const { label, glyph, tone } = VERDICT_WORDS[verdict]
  return html`<span class="badge tone-${tone}"><span aria-hidden="true">${glyph}</span> ${label}</span>`
}
