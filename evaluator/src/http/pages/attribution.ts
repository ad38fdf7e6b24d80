import { html } from 'hono/html'
import type { Cause, ChangeEvent, SegmentShare, ToldBy } from '../../domain/verdict.ts'
import { percentText, timeText } from './format.ts'
import { lineText } from './hostile-text.ts'
import type { Markup } from './layout.ts'
import { pairedBars, pointsText } from './share-bars.ts'
import { CAUSE_WORDS } from './words.ts'

/** The ranked causes. Empty without any. */
export function causeTable(causes: readonly Cause[]): Markup {
  if (causes.length === 0) return html``
  return html`<table class="stack">
    <caption>
      Recorded changes by how likely they are the cause, from how well their time fits the onset
    </caption>
    <thead>
      <tr>
        <th scope="col">Cause</th>
        <th scope="col">Change</th>
        <th scope="col" class="number">Probability</th>
      </tr>
    </thead>
    <tbody>
      ${[...causes].sort((a, b) => b.probability - a.probability).map((cause) => causeRow(cause))}
    </tbody>
  </table>`
}

/** The numbered changes of the chart. Empty without any. */
export function changeList(changes: readonly ChangeEvent[]): Markup {
  if (changes.length === 0) return html``
  return html`<p id="changes-label">Changes in the chart:</p>
    <ol class="changes" aria-labelledby="changes-label">
      ${changes.map(
        (change) =>
          html`<li>
            ${CAUSE_WORDS[change.kind].label}:
            ${change.from === null ? '' : html`<bdi class="mono">${lineText(change.from)}</bdi> → `}<bdi class="mono"
              >${lineText(change.value)}</bdi
            >, ${change.told === undefined || change.told.isSeen ? 'first seen' : 'told of for'}
            ${timeText(change.at)}${toldBy(change.told)}
          </li>`,
      )}
    </ol>`
}

/** Only links with http or https are stored. */
function toldBy(told: ToldBy | undefined): Markup {
  if (told === undefined) return html``
  const by = told.by === null ? '' : html` by <bdi>${lineText(told.by)}</bdi>`
  const link = told.link === null ? '' : html` (<a href="${told.link}" rel="noreferrer">details</a>)`
  return html`${by}${link}`
}

/** Shares of the segments in both windows. */
export function segmentTable(segments: readonly SegmentShare[]): Markup {
  if (segments.length === 0) return html`<p>No segments: every record counts as one kind of input.</p>`
  return html`<table class="stack bars">
    <caption>
      Share of each segment: a change here is a change of the inputs, not of the agent
    </caption>
    <thead>
      <tr>
        <th scope="col">Segment</th>
        <th scope="col" class="number baseline-text">Baseline</th>
        <th scope="col" class="number current-text">Now</th>
        <th scope="col" class="number">Difference</th>
        <th scope="col" aria-hidden="true"></th>
      </tr>
    </thead>
    <tbody>
      ${[...segments].sort((a, b) => b.current - a.current).map((segment) => segmentRow(segment))}
    </tbody>
  </table>`
}

function causeRow({ kind, change, probability, tied }: Cause): Markup {
  return html`<tr>
    <th scope="row">${CAUSE_WORDS[kind].label}</th>
    <td data-label="Change">
      <bdi class="mono">${lineText(change)}</bdi>
      ${tied ? html`<span class="quiet">came within 3 runs of another change: time alone cannot tell them apart</span>` : ''}
    </td>
    <td class="number" data-label="Probability">${percentText(probability)}</td>
  </tr>`
}

function segmentRow({ segment, baseline, current }: SegmentShare): Markup {
  return html`<tr>
    <th scope="row"><bdi>${lineText(segment)}</bdi></th>
    <td class="number" data-label="Baseline">${percentText(baseline)}</td>
    <td class="number" data-label="Now">${percentText(current)}</td>
    <td class="number" data-label="Difference">${pointsText(current - baseline)}</td>
    <td class="plot">${pairedBars(baseline, current)}</td>
  </tr>`
}
