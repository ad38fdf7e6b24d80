import { html } from 'hono/html'
import type { Example, VerdictRecord } from '../../domain/verdict.ts'
import { durationText, timeText } from './format.ts'
import { cutText, lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { messageText } from './message-text.ts'
import { SHAPE_WORDS, VALIDATION_WORDS } from './words.ts'

const SHOWN_CHARACTERS = 2000

type Pair = {
  readonly baseline: Example | undefined
  readonly current: Example | undefined
  readonly isSameInput: boolean
}

/** Records of the baseline and of now side by side, those with the same input in one row. */
export function exampleCards({ examples }: VerdictRecord): Markup {
  const pairs = pairExamples(examples.baseline, examples.current)
  if (pairs.length === 0) return html`<p>No examples were kept for this run.</p>`
  return html`<p>Chosen for what they tell about ${lineText(examples.about.replaceAll('_', ' '), 60)}.</p>
    <div class="pairs">
      ${pairs.map(
        ({ baseline, current, isSameInput }) =>
          html`<div class="pair-row">
            ${isSameInput ? html`<p class="same">The same input, then and now</p>` : ''} ${card(baseline, 'baseline')}
            ${card(current, 'current')}
          </div>`,
      )}
    </div>`
}

/** Pairs by the hash of the input first, the rest in their order. */
function pairExamples(baseline: readonly Example[], current: readonly Example[]): Pair[] {
  const pairs: Pair[] = []
  const unpaired = [...current]
  const rest: Example[] = []
  for (const before of baseline) {
    const at = unpaired.findIndex((now) => now.inputHash !== null && now.inputHash === before.inputHash)
    if (at === -1) rest.push(before)
    else pairs.push({ baseline: before, current: unpaired.splice(at, 1)[0], isSameInput: true })
  }
  const count = Math.max(rest.length, unpaired.length)
  for (let index = 0; index < count; index += 1)
    pairs.push({ baseline: rest[index], current: unpaired[index], isSameInput: false })
  return pairs
}

function card(example: Example | undefined, window: 'baseline' | 'current'): Markup {
  if (example === undefined) return html`<div class="card empty"></div>`
  const { validation, issues, outputShape, responseModel, promptVersion, segment } = example
  return html`<article class="card ${window}">
    <h3>
      <span class="${window}-text">${window === 'baseline' ? '● Baseline' : '◆ Now'}</span>
      <time datetime="${new Date(example.at).toISOString()}">${timeText(example.at)}</time>
    </h3>
    <dl class="facts">
      ${fact('Validation', validation === null ? null : VALIDATION_WORDS[validation], issues)}
      ${fact('Form', outputShape === null ? null : SHAPE_WORDS[outputShape])} ${fact('Model', responseModel)}
      ${fact('Prompt', promptVersion)} ${fact('Segment', segment)}
      ${fact('Length', example.outputCharacters === null ? null : `${example.outputCharacters} characters`)}
      ${fact('Took', durationText(example.latencySeconds))} ${fact('Trace', example.traceId)}
    </dl>
    ${content('Input', example.input)} ${content('Output', example.output)}
    ${example.input === null && example.output === null ? html`<p class="quiet">The agent sends no text; the trace has what your tracing keeps of it.</p>` : ''}
  </article>`
}

function fact(name: string, value: string | null, issues: readonly string[] = []): Markup {
  if (value === null) return html``
  return html`<div>
    <dt>${name}</dt>
    <dd><bdi>${lineText(value, 80)}</bdi>${issues.map((issue) => html` <code>${lineText(issue, 80)}</code>`)}</dd>
  </div>`
}

function content(name: string, recorded: string | null): Markup {
  if (recorded === null) return html``
  const text = messageText(recorded)
  const { shown, hiddenCharacters } = cutText(text, SHOWN_CHARACTERS)
  return html`<h4>${name}</h4>
    <pre dir="auto">${shown}</pre>
    ${hiddenCharacters === 0 ? '' : html`<p class="quiet">${hiddenCharacters.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters are not shown.</p>`}`
}
