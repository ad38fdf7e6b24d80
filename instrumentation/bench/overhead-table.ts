import type { OverheadReport, ScenarioCost, VariantReport } from './report.ts'
import { SCENARIOS, type Scenario } from './workload.ts'

/** The report as a Markdown table: microseconds with their interval, and the factor of what the floor adds. */
export function overheadTable({ variants, run }: OverheadReport): string {
  const rows = Object.entries(variants)
    .toSorted(([, a], [, b]) => a.plain2kB.addedCpuMicros - b.plain2kB.addedCpuMicros)
    .map(([name, variant]) => row(name, variant, variants['floor']))
  const bare = SCENARIOS.map((scenario) => `${Math.round(run.bareCpuMicros[scenario])} µs`).join(', ')
  return [
    `Added CPU per call at 16 calls at a time, in microseconds, with the 95 % interval and the factor of what the floor adds. Node ${run.node}, ${run.date}, ${run.rounds} rounds; a call of the bare client takes ${bare}.${run.isQuick ? ' A quick run: not to be quoted.' : ''}`,
    '',
    '| variant | 2 kB prompt | 100 kB prompt | stream of 98 chunks | heap, collector refuses / hangs | spans |',
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    ...Object.entries(run.failures).map(([name, reason]) => `\n\`${name}\` could not make the calls: ${reason}`),
  ].join('\n')
}

function row(name: string, variant: VariantReport, floor: VariantReport | undefined): string {
  const mark = variant.isRangeForced === true ? ' (range forced)' : ''
  const spans = variant.deliversNoSpan === true ? 'none: not counted' : String(variant.spans)
  const heap = `${mega(variant.heapGrowthBytes.refused)} / ${mega(variant.heapGrowthBytes.hanging)} (${variant.heapCalls} calls)`
  const costs = SCENARIOS.map((scenario) => cell(name, scenario, variant[scenario], floor))
  return `| ${[`\`${name}\`${mark}`, ...costs, heap, spans].join(' | ')} |`
}

function cell(
  name: string,
  scenario: Scenario,
  { addedCpuMicros, low, high }: ScenarioCost,
  floor: VariantReport | undefined,
): string {
  const text = `${Math.round(addedCpuMicros)} (${Math.round(low)} to ${Math.round(high)}`
  if (floor === undefined || name === 'bare' || name === 'floor') return `${text})`
  return `${text}; ${(addedCpuMicros / floor[scenario].addedCpuMicros).toFixed(1)} ×)`
}

function mega(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}
