import { html } from 'hono/html'
import type { UncomparedScore } from '../../domain/verdict.ts'
import type { Markup } from './layout.ts'
import { scoreTitle } from './score-title.ts'

const REASON_WORDS: Readonly<Record<UncomparedScore['reason'], string>> = {
  other_version:
    'is scored another way than in the baseline: its scorer, its settings or a file that it reads are others.',
  not_configured: 'is in the baseline, and the configuration has it no more.',
  not_in_baseline: 'is new: no baseline has it yet.',
}

/** Scores that this verdict says nothing of. Empty where all are compared. */
export function uncomparedSection(uncompared: readonly UncomparedScore[] = []): Markup {
  if (uncompared.length === 0) return html``
  return html`<section aria-labelledby="uncompared">
    <h2 id="uncompared">Scores that are not compared</h2>
    <p class="notice">
      <strong>▲ Not watched.</strong> The verdict says nothing of these scores. They count again with the next baseline,
      or once they are scored as before.
    </p>
    <ul>
      ${uncompared.map(({ score, reason }) => html`<li><strong>${scoreTitle({ name: score })}</strong> ${REASON_WORDS[reason]}</li>`)}
    </ul>
  </section>`
}
