import { html, raw } from 'hono/html'
import type { HtmlEscapedString } from 'hono/utils/html'
import { percent, points } from './readiness.ts'
import type { FailureRow, HarnessReport, RateRow, SetReport } from './report.ts'
import { interval, VERDICTS } from './report-text.ts'
import { REPORT_STYLE } from './report-style.ts'

type Markup = HtmlEscapedString | Promise<HtmlEscapedString>

/** The report as one file that needs nothing beside it: no script, no font, no address. */
export async function reportHtml(report: HarnessReport): Promise<string> {
  const { readiness, real, demo, gap } = report
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Harness run of ${report.agent} – Tidemark</title>
        <style>
          ${raw(REPORT_STYLE)}
        </style>
      </head>
      <body>
        <main>
          <h1>Harness run of <bdi>${report.agent}</bdi></h1>
          <p class="verdict ${readiness.verdict}">
            <strong>${VERDICTS[readiness.verdict]}</strong>${
              readiness.reasons.length === 0 ? ` – at least ${percent(real.total.lower)} of real inputs pass.` : ''
            }
          </p>
          ${
            readiness.reasons.length === 0
              ? ''
              : html`<ul>
                  ${readiness.reasons.map((reason) => html`<li>${reason}</li>`)}
                </ul>`
          }
          <p class="quiet">
            ${new Date(report.startedAt).toISOString().slice(0, 16).replace('T', ' ')} UTC · run
            <code>${report.run}</code> · ${report.asked.done} of ${report.asked.of} calls · target
            <code>${report.target}</code>
          </p>
          <h2>Pass rate</h2>
          <p>
            An answer passes when
            ${report.deciding.length === 0 ? 'some score says so; none does' : report.deciding.join(' and ')}
            ${report.deciding.length === 0 ? '' : report.deciding.length === 1 ? 'is 1' : 'are 1'}. Bars are intervals
            of 95 %, dots the rates of the first
            run.${report.silent.length === 0 ? '' : ` Not known of any answer: ${report.silent.join(', ')}.`}
          </p>
          ${rates(report)}
          ${
            gap === null
              ? html`<p>No demo set was given: the gap to the real distribution is not known.</p>`
              : html`<p class="gap">
                  Demo minus real: <strong>${points(gap.difference)}</strong> (95 %: ${points(gap.lower)} to
                  ${points(gap.upper)})
                </p>`
          }
          ${
            real.weighted === null
              ? ''
              : html`<p>Weighted to the population: ${percent(real.weighted.rate)} (${interval(real.weighted)}).</p>`
          }
          <h2>What failed</h2>
          ${report.failures.length === 0 ? html`<p>Nothing.</p>` : report.failures.map((row) => failure(row, report))}
          <h2>Time and money</h2>
          ${timeAndMoney('Real', real)} ${demo === null ? '' : timeAndMoney('Demo', demo)}
          <h2>What a baseline of these examples can find</h2>
          <p>
            ${
              report.detectable.fall === null
                ? `A fall that is there from the first day cannot be found with ${report.detectable.examples} examples.`
                : `${report.detectable.examples} examples find a fall of the pass rate by ${points(report.detectable.fall)} that is there from the first day, with 90 % power.`
            }
            ${
              report.recommended.examples === null
                ? `A fall of ${points(report.recommended.fall)} is not found with any number up to 2000.`
                : `For a fall of ${points(report.recommended.fall)}, take ${report.recommended.examples}.`
            }
          </p>
          ${
            report.flaky === null
              ? ''
              : html`<h2>Inputs that waver</h2>
                  <p>
                    ${report.flaky.inputs} of ${report.flaky.of} real inputs passed in one run and failed in another.
                  </p>
                  ${
                    report.flaky.examples.length === 0
                      ? ''
                      : html`<ul>
                          ${report.flaky.examples.map(({ id, runs }) => html`<li><code>${id}</code>: ${runs}</li>`)}
                        </ul>`
                  }`
          }
        </main>
      </body>
    </html>`
  return String(await page)
}

function rates({ real, demo }: HarnessReport): Markup {
  const rows: readonly (readonly [string, RateRow, 'real' | 'demo'])[] = [
    ...(demo === null ? [] : [['Demo', demo.total, 'demo'] as const]),
    ['Real', real.total, 'real'],
    ...(real.segments.length < 2 ? [] : real.segments.map((row) => [row.segment, row, 'real'] as const)),
  ]
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Pass rates">
    <table>
      <caption class="hidden">
        Pass rate by set and segment
      </caption>
      <thead>
        <tr>
          <th scope="col">Set or segment</th>
          <th scope="col">0 to 100 %</th>
          <th scope="col">Rate</th>
          <th scope="col">Interval</th>
          <th scope="col">Judged</th>
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          ([name, row, set]) =>
            html`<tr>
              <th scope="row">
                <bdi>${name}</bdi
                >${row.judged > 0 && row.judged < 20 ? html`<span class="quiet"> too small to judge alone</span>` : ''}
              </th>
              <td class="plot">${plot(row, set)}</td>
              <td>${row.rate === null ? '–' : percent(row.rate)}</td>
              <td>${row.judged === 0 ? '–' : interval(row)}</td>
              <td>${row.passed} / ${row.judged}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`
}

/** The numbers stand beside it, so it is decoration for those who cannot see it. */
function plot({ lower, upper, rate, judged }: RateRow, set: 'real' | 'demo'): Markup {
  if (rate === null || judged === 0) return html``
  return html`<svg viewBox="0 0 200 20" class="${set}" aria-hidden="true" focusable="false">
    <line x1="4" x2="196" y1="10" y2="10" class="track" />
    <line x1="${x(lower)}" x2="${x(upper)}" y1="10" y2="10" class="bar" />
    ${set === 'demo' ? html`<rect x="${(Number(x(rate)) - 5).toFixed(1)}" y="5" width="10" height="10" class="dot" />` : html`<circle cx="${x(rate)}" cy="10" r="5.5" class="dot" />`}
  </svg>`
}

function failure(row: FailureRow, { real, demo }: HarnessReport): Markup {
  const of = (row.set === 'real' ? real : demo)?.examples ?? row.count
  return html`<details>
    <summary>
      <span>${row.set === 'real' ? 'Real' : 'Demo'}: ${row.kind} – ${row.count} of ${of}</span>
      <svg viewBox="0 0 200 8" class="${row.set} share" aria-hidden="true" focusable="false" preserveAspectRatio="none">
        <rect width="200" height="8" class="ground" />
        <rect width="${((row.count / of) * 200).toFixed(1)}" height="8" class="dot" />
      </svg>
    </summary>
    <ul>
      ${row.examples.map(
        ({ id, input, output, detail }) =>
          html`<li>
            <code>${id}</code>${detail === '' ? '' : html`: ${detail}`}
            ${
              input === null
                ? ''
                : html`<p class="quiet">Input</p>
                    <pre>${input}</pre>`
            }
            ${
              output === null
                ? ''
                : html`<p class="quiet">Output</p>
                    <pre>${output}</pre>`
            }
          </li>`,
      )}
    </ul>
  </details>`
}

function timeAndMoney(name: string, { calls, failedCalls, latencySeconds, costUsd }: SetReport): Markup {
  return html`<figure>
    <figcaption>
      ${name}: ${calls} calls, ${failedCalls}
      failed${
        latencySeconds === null
          ? ''
          : html`; median ${latencySeconds.median.toFixed(2)} s, 90 % within ${latencySeconds.p90.toFixed(2)} s, 99 %
            within ${latencySeconds.p99.toFixed(2)} s`
      };
      ${costUsd === null ? 'cost not told' : html`${costUsd.total.toFixed(4)} US dollars, ${costUsd.perCall.toFixed(6)} a call`}.
    </figcaption>
    ${latencySeconds === null ? '' : histogram(latencySeconds.values, name)}
  </figure>`
}

/** Of a share, inside the picture. */
function x(share: number): string {
  return (4 + share * 192).toFixed(1)
}

const BINS = 24

function histogram(values: readonly number[], name: string): Markup {
  const top = values[Math.min(values.length - 1, Math.floor(values.length * 0.99))] ?? 0
  if (top <= 0) return html``
  const counts = Array.from({ length: BINS }, () => 0)
  for (const value of values) {
    const bin = Math.min(BINS - 1, Math.floor((value / top) * BINS))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  const most = Math.max(...counts)
  return html`<svg
    viewBox="0 0 360 90"
    class="${name.toLowerCase()} histogram"
    role="img"
    aria-label="${name}: latency of ${values.length} calls, from 0 to ${top.toFixed(2)} seconds"
  >
    ${counts.map((count, i) => html`<rect x="${(i * 15 + 1).toFixed(0)}" y="${(70 - (count / most) * 66).toFixed(1)}" width="13" height="${((count / most) * 66).toFixed(1)}" class="dot" />`)}
    <line x1="0" x2="360" y1="70.5" y2="70.5" class="track" />
    <text x="0" y="85">0 s</text>
    <text x="360" y="85" text-anchor="end">${top.toFixed(2)} s</text>
  </svg>`
}
