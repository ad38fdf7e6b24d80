import { html } from 'hono/html'
import type { SentinelFinding, SentinelVerdict } from '../../domain/sentinel.ts'
import type { VerdictRecord } from '../../domain/verdict.ts'
import { dayText, numberText, timeText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'

const FINDING_WORDS: Readonly<Record<SentinelFinding, string>> = {
  agent_changed: 'The agent itself changed: it answers the same inputs worse than when they were frozen.',
  inputs_changed: 'The agent answers frozen inputs as before: inputs, data or surroundings changed.',
  undecided: 'Too few frozen inputs were replayed since the movement to tell agent and inputs apart.',
}

/** What replays of frozen inputs say. Empty where none are replayed. */
export function sentinelSection({ sentinel }: VerdictRecord): Markup {
  if (sentinel === undefined) return html``
  const failures = Object.entries(sentinel.failures).map(
    ([reason, count]) => `${count} ${lineText(reason, 40).replaceAll('_', ' ')}`,
  )
  return html`<section aria-labelledby="sentinels">
    <h2 id="sentinels">The same inputs again</h2>
    <p>${sentinel.finding === null ? 'The agent answers frozen inputs as before.' : FINDING_WORDS[sentinel.finding]}</p>
    <p class="quiet">
      ${timeText(sentinel.slotAt)}: ${sentinel.answered} of ${sentinel.asked} frozen inputs
      answered${failures.length === 0 ? '' : ` (${failures.join(', ')})`}, of ${sentinel.inputs} in all.
      ${sentinel.detectors.map(({ severity, evidence, threshold }) => `Evidence for a ${severity}: ${numberText(evidence)} of ${numberText(threshold)}. `)}
    </p>
    ${moveTable(sentinel)} ${changedList(sentinel)}
  </section>`
}

function moveTable({ moves, since }: SentinelVerdict): Markup {
  if (moves.length === 0) return html``
  return html`<table class="stack">
    <caption>
      Scores on the inputs that were replayed since ${dayText(since)}
    </caption>
    <thead>
      <tr>
        <th scope="col">Score</th>
        <th scope="col" class="number baseline-text">Frozen</th>
        <th scope="col" class="number current-text">Now</th>
        <th scope="col" class="number">Replays</th>
      </tr>
    </thead>
    <tbody>
      ${moves.map(
        ({ score, category, before, now, replays }) =>
          html`<tr>
            <th scope="row">${lineText(category === null ? score : `${score} ${category}`, 80)}</th>
            <td class="number">${numberText(before)}</td>
            <td class="number">${numberText(now)}</td>
            <td class="number">${replays}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function changedList({ changedInputs }: SentinelVerdict): Markup {
  if (changedInputs.length === 0) return html``
  return html`<details>
    <summary>Inputs that always came out one way, and another way now: ${changedInputs.length}</summary>
    <ul>
      ${changedInputs.map(
        ({ id, score, before, now }) =>
          html`<li>
            <code>${lineText(id, 80)}</code>: ${lineText(score, 60)} was always ${lineText(String(before), 60)}, is
            ${lineText(String(now), 60)}
          </li>`,
      )}
    </ul>
  </details>`
}
