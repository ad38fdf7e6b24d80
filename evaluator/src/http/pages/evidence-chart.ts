import { SEVERITIES, type Severity } from '@tidemark/instrumentation/semconv'
import { html } from 'hono/html'
import type { ChangeEvent, Onset, VerdictRecord } from '../../domain/verdict.ts'
import { numberText, powerOfTenText, shortDayText } from './format.ts'
import type { Markup } from './layout.ts'
import { decadeTicks, evidenceScale, type LogScale } from './log-scale.ts'

export type ChartSize = { readonly width: number; readonly height: number; readonly dateTicks: number }

const MARGIN = { top: 26, right: 14, bottom: 24, left: 46 } as const

type Frame = {
  readonly size: ChartSize
  readonly scale: LogScale
  readonly x: (at: number) => number
  readonly y: (value: number) => number
}

/**
 * Evidence of both detectors over the runs on a logarithmic axis, with thresholds, onset and numbered change markers.
 * Numbers of the changes are their places in `changes`, from 1.
 */
export function evidenceChart(
  runs: readonly VerdictRecord[],
  { onset, changes }: { readonly onset: Onset | null; readonly changes: readonly ChangeEvent[] },
  size: ChartSize,
): Markup {
  const frame = frameOf(runs, size)
  const bottom = size.height - MARGIN.bottom
  const last = runs.at(-1)
  return html`<svg
    class="chart"
    viewBox="0 0 ${size.width} ${size.height}"
    width="${size.width}"
    height="${size.height}"
    role="img"
    aria-label="${chartLabel(runs)}"
  >
    ${onset === null ? '' : onsetBand(frame, onset)}
    ${decadeTicks(frame.scale).map(
      (tick) =>
        html`<line
            class="grid"
            x1="${MARGIN.left}"
            x2="${size.width - MARGIN.right}"
            y1="${frame.y(tick)}"
            y2="${frame.y(tick)}"
          />
          <text class="tick" x="${MARGIN.left - 6}" y="${frame.y(tick) + 4}" text-anchor="end"
            >${tickText(tick)}</text
          >`,
    )}
    ${dateTicks(runs, size.dateTicks).map(
      (at) =>
        html`<text class="tick" x="${frame.x(at)}" y="${bottom + 17}" text-anchor="middle">${shortDayText(at)}</text>`,
    )}
    ${changes.map((change, index) => changeMarker(frame, change, index + 1, runs))}
    ${SEVERITIES.map((severity) => thresholdLine(frame, severity, last))}
    ${SEVERITIES.toReversed().map((severity) => evidenceLine(frame, severity, runs))}
  </svg>`
}

/** The same numbers as text, for who cannot see the chart. */
function chartLabel(runs: readonly VerdictRecord[]): string {
  const parts = (runs.at(-1)?.detectors ?? []).map(
    ({ severity, evidence, threshold }) =>
      `${severity} evidence ${numberText(evidence)} against its threshold ${numberText(threshold)}`,
  )
  return `Evidence over the last ${runs.length} runs, logarithmic scale. Newest run: ${parts.join('; ')}.`
}

function frameOf(runs: readonly VerdictRecord[], size: ChartSize): Frame {
  const detectors = runs.flatMap((run) => run.detectors)
  const scale = evidenceScale(
    detectors.map((detector) => detector.evidence),
    detectors.map((detector) => detector.threshold),
  )
  const first = runs[0]?.slotAt ?? 0
  const span = Math.max(1, (runs.at(-1)?.slotAt ?? 0) - first)
  const innerWidth = size.width - MARGIN.left - MARGIN.right
  const innerHeight = size.height - MARGIN.top - MARGIN.bottom
  return {
    size,
    scale,
    x: (at) =>
      round(MARGIN.left + innerWidth * Math.max(0, Math.min(1, runs.length === 1 ? 0.5 : (at - first) / span))),
    y: (value) => round(MARGIN.top + innerHeight * (1 - scale.positionOf(value))),
  }
}

function evidenceLine({ x, y, scale }: Frame, severity: Severity, runs: readonly VerdictRecord[]): Markup {
  const points = runs.flatMap((run) =>
    run.detectors
      .filter((detector) => detector.severity === severity)
      .map((detector) => ({ x: x(run.slotAt), y: y(detector.evidence), evidence: detector.evidence })),
  )
  const last = points.at(-1)
  if (last === undefined) return html``
  const isBeyond = last.evidence > scale.top
  return html`<polyline
      class="evidence ${severity}"
      points="${points.map((point) => `${point.x},${point.y}`).join(' ')}"
    />
    ${
      isBeyond
        ? html`<path
            class="end ${severity}"
            d="M${last.x - 6} ${last.y + 3} L${last.x + 6} ${last.y + 3} L${last.x} ${last.y - 8} Z"
          />`
        : html`<circle class="end ${severity}" cx="${last.x}" cy="${last.y}" r="4" />`
    }`
}

function thresholdLine({ size, y }: Frame, severity: Severity, last: VerdictRecord | undefined): Markup {
  const detector = last?.detectors.find((candidate) => candidate.severity === severity)
  if (detector === undefined) return html``
  const at = y(detector.threshold)
  return html`<line
      class="threshold ${severity}"
      x1="${MARGIN.left}"
      x2="${size.width - MARGIN.right}"
      y1="${at}"
      y2="${at}"
    />
    <text class="threshold-label ${severity}" x="${MARGIN.left + 4}" y="${at - 4}"
      >${severity} at ${numberText(detector.threshold)}</text
    >`
}

function onsetBand({ size, x }: Frame, { at, first, last }: Onset): Markup {
  const left = x(first)
  const width = Math.max(3, x(last) - left)
  const bottom = size.height - MARGIN.bottom
  return html`<rect class="onset-set" x="${left}" y="${MARGIN.top}" width="${width}" height="${bottom - MARGIN.top}" />
    <line class="onset" x1="${x(at)}" x2="${x(at)}" y1="${MARGIN.top}" y2="${bottom}" />`
}

function changeMarker({ size, x }: Frame, change: ChangeEvent, number: number, runs: readonly VerdictRecord[]): Markup {
  const first = runs[0]?.slotAt ?? 0
  const last = runs.at(-1)?.slotAt ?? 0
  if (change.slotAt < first || change.slotAt > last) return html``
  const at = x(change.slotAt)
  return html`<line class="change" x1="${at}" x2="${at}" y1="${MARGIN.top - 6}" y2="${size.height - MARGIN.bottom}" />
    <circle class="change-number" cx="${at}" cy="${MARGIN.top - 14}" r="9" />
    <text class="change-text" x="${at}" y="${MARGIN.top - 10}" text-anchor="middle">${number}</text>`
}

function dateTicks(runs: readonly VerdictRecord[], count: number): number[] {
  const first = runs[0]
  const last = runs.at(-1)
  if (first === undefined || last === undefined) return []
  const pieces = Math.min(count, runs.length) - 1
  if (pieces < 1) return [last.slotAt]
  // not at the very ends, where half of the label would be cut off
  return Array.from(
    { length: pieces },
    (_, index) => first.slotAt + ((last.slotAt - first.slotAt) * (index + 0.5)) / pieces,
  )
}

/** Short enough for the margin. */
function tickText(tick: number): string {
  return tick >= 10_000 ? powerOfTenText(Math.round(Math.log10(tick))) : numberText(tick)
}

function round(position: number): number {
  return Math.round(position * 10) / 10
}
