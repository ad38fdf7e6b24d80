import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { TidemarkError } from '../domain/errors.ts'
import type { VerdictRecord } from '../domain/verdict.ts'
import { METRIC_HELP } from './metric-help.ts'
import { labelText, metricsOf, type Series } from './series.ts'
import { HISTORY_SERIES } from './verdict-series.ts'

export type OpenMetricsOptions = {
  /** Repeats the values of a slot in this step, in milliseconds, until the next slot of the agent; else one sample a slot. */
  readonly step?: number
  /** Up to when the newest slot of each agent is repeated, epoch milliseconds, exclusive; without it, once. */
  readonly until?: number
}

/**
 * Verdicts of the past as OpenMetrics text with timestamps, for `promtool tsdb create-blocks-from openmetrics`: families
 * and series in one piece, samples in order of time, at the time of their slot. Repeating the newest slot into the future
 * would make Prometheus refuse what is scraped today, so that is done only up to `until`.
 * @throws {TidemarkError} `argument_invalid` for a step that is no positive number
 */
export function* renderOpenMetrics(
  verdicts: readonly VerdictRecord[],
  options: OpenMetricsOptions = {},
): Generator<string> {
  if (options.step !== undefined && !(options.step > 0))
    throw new TidemarkError(
      'argument_invalid',
      `A step of ${options.step} ms repeats nothing.`,
      'Give a step above 0, such as 60000.',
    )
  const slots = slotsOf(verdicts, options)
  for (const [key, seriesOf] of metricsOf<SeriesOf>(HISTORY_SERIES)) {
    const { name } = EVALUATOR_METRIC[key]
    const { type, help } = METRIC_HELP[key]
    const lines = seriesLines(name, slots, seriesOf)
    if (lines.size === 0) continue
    yield `# HELP ${name} ${escapeText(help)}\n# TYPE ${name} ${type}\n`
    for (const samples of lines.values()) yield samples.map(sampleText).join('')
  }
  yield '# EOF\n'
}

type SeriesOf = (record: VerdictRecord) => readonly Series[]
type Slot = { readonly record: VerdictRecord; readonly times: readonly number[] }
type Sample = { readonly identity: string; readonly value: number; readonly times: readonly number[] }

/** Slots by agent and time, each with the times at which it speaks; of two records of one slot the later run counts. */
function slotsOf(verdicts: readonly VerdictRecord[], { step, until }: OpenMetricsOptions): Slot[] {
  const newest = new Map<string, VerdictRecord>()
  for (const record of [...verdicts].sort((a, b) => a.evaluatedAt - b.evaluatedAt))
    newest.set(JSON.stringify([record.agent, record.slotAt]), record)
  return [...Map.groupBy(newest.values(), (record) => record.agent).values()].flatMap((records) => {
    const ordered = records.sort((a, b) => a.slotAt - b.slotAt)
    return ordered.map((record, index) => ({
      record,
      times: timesOf(record.slotAt, ordered[index + 1]?.slotAt ?? until, step),
    }))
  })
}

function timesOf(from: number, until: number | undefined, step: number | undefined): number[] {
  if (step === undefined || until === undefined) return [from]
  const count = Math.max(1, Math.ceil((until - from) / step))
  return Array.from({ length: count }, (_, index) => from + index * step)
}

function seriesLines(name: string, slots: readonly Slot[], seriesOf: SeriesOf): Map<string, Sample[]> {
  const lines = new Map<string, Sample[]>()
  for (const { record, times } of slots) {
    const seen = new Set<string>()
    for (const { labels, value } of seriesOf(record)) {
      const identity = `${name}${labelsText({ [AGENT_LABEL]: labelText(record.agent), ...labels })}`
      if (seen.has(identity)) continue
      seen.add(identity)
      const samples = lines.get(identity)
      if (samples === undefined) lines.set(identity, [{ identity, value, times }])
      else samples.push({ identity, value, times })
    }
  }
  return lines
}

function sampleText({ identity, value, times }: Sample): string {
  return times.map((time) => `${identity} ${value} ${time / 1000}\n`).join('')
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeText(value).replaceAll('"', '\\"')}"`)
  return `{${pairs.join(',')}}`
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
