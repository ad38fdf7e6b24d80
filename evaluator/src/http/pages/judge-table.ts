import { html } from 'hono/html'
import type { JudgeAgreement, JudgeReport, JudgeShift } from '../../domain/verdict.ts'
import { dayText, numberText, percentText } from './format.ts'
import type { Markup } from './layout.ts'
import { scoreTitle } from './score-title.ts'

/** With fewer a small change of a judge is seen late. */
const ANCHORS_RECOMMENDED = 50

/** Every judge on its anchors, and how far it agrees with people. Empty without any. */
export function judgeSection(judge: JudgeReport | undefined, agreement: readonly JudgeAgreement[] = []): Markup {
  const shifts = judge?.shifts ?? []
  if (shifts.length === 0 && agreement.length === 0) return html``
  const few = shifts.filter(({ frozenAnchors }) => frozenAnchors < ANCHORS_RECOMMENDED)
  return html`<section aria-labelledby="judges">
    <h2 id="judges">Judges</h2>
    <p class="quiet">
      A judge scores its anchors, outputs that never change, again in every run. What moves there is the judge, not the
      agent.
    </p>
    ${few.map((shift) => fewAnchors(shift))} ${shifts.length === 0 ? '' : anchorTable(shifts)}
    ${agreement.length === 0 ? '' : agreementTable(agreement)}
  </section>`
}

function fewAnchors({ score, frozenAnchors }: JudgeShift): Markup {
  return html`<p class="notice">
    <strong>▲ Few anchors.</strong> The judge of ${scoreTitle({ name: score })} has ${frozenAnchors} of
    ${ANCHORS_RECOMMENDED}: a small change of it is seen late. Freeze the next baseline from more outputs that have
    text.
  </p>`
}

function anchorTable(shifts: readonly JudgeShift[]): Markup {
  return html`<table class="stack">
    <caption>
      Mean of the anchors when they were frozen and since the change
    </caption>
    <thead>
      <tr>
        <th scope="col">Judge of</th>
        <th scope="col" class="number">Anchors</th>
        <th scope="col">Then</th>
        <th scope="col">Since</th>
        <th scope="col" class="number">Evidence</th>
      </tr>
    </thead>
    <tbody>
      ${shifts.map(
        (shift) =>
          html`<tr>
            <th scope="row">
              ${scoreTitle({ name: shift.score })} ${shift.changed ? html`<span class="worse">▲ moved</span>` : ''}
            </th>
            <td class="number" data-label="Anchors">${shift.frozenAnchors}</td>
            <td data-label="Then">${meanText(shift.before)}</td>
            <td data-label="Since">
              ${meanText(shift.now)}${shift.sinceSlotAt === null ? '' : ` since the run of ${dayText(shift.sinceSlotAt)}`}
            </td>
            <td class="number" data-label="Evidence">
              ${numberText(shift.evidence)}, alarms at ${numberText(shift.threshold)}
            </td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function agreementTable(agreement: readonly JudgeAgreement[]): Markup {
  return html`<table class="stack">
    <caption>
      Agreement with people about what is a defect, in the last 90 days
    </caption>
    <thead>
      <tr>
        <th scope="col">Judge of</th>
        <th scope="col" class="number">Labels</th>
        <th scope="col" class="number">Kappa</th>
        <th scope="col" class="number">Defects</th>
        <th scope="col" class="number">Of them found</th>
        <th scope="col" class="number">Good called good</th>
      </tr>
    </thead>
    <tbody>
      ${agreement.map(
        ({ score, labels, kappa, baseRate, sensitivity, specificity }) =>
          html`<tr>
            <th scope="row">${scoreTitle({ name: score })}</th>
            <td class="number" data-label="Labels">${labels}</td>
            <td class="number" data-label="Kappa">${kappa === null ? 'undefined' : kappa.toFixed(2)}</td>
            <td class="number" data-label="Defects">${shareText(baseRate)}</td>
            <td class="number" data-label="Of them found">${shareText(sensitivity)}</td>
            <td class="number" data-label="Good called good">${shareText(specificity)}</td>
          </tr>`,
      )}
    </tbody>
  </table>`
}

function meanText(mean: number | null): string {
  return mean === null ? '–' : mean.toFixed(2)
}

function shareText(share: number | null): string {
  return share === null ? 'undefined' : percentText(share)
}
