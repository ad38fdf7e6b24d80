import type { SimulationResult } from '../src/demo/simulation-result.ts'

export type Control = Pick<SimulationResult, 'days' | 'pageDay' | 'verdict' | 'calls' | 'seconds'> & {
  readonly seed: number
}

/**
 * How many of the controls may page: five agent-years at a budget of one false page a year, of which about a tenth is used
 * on independent items (docs/statistics-reference.md). More than one page among them is news.
 */
const PAGES_ALLOWED = 1

export function controlLine({ seed, days, pageDay, verdict, calls, seconds }: Control): string {
  const outcome = pageDay === null ? `no page in ${days} days` : `PAGE on day ${pageDay}`
  return `seed ${seed}: ${outcome}, ${verdict ?? 'no verdict'}; ${calls} calls in ${seconds.toFixed(1)} s`
}

/** `exitCode` is 1 when more controls paged than may. */
export function summaryOf(controls: readonly Control[]): { pages: number; line: string; exitCode: 0 | 1 } {
  const pages = controls.filter(({ pageDay }) => pageDay !== null).length
  return { pages, line: `pages: ${pages} of ${controls.length}`, exitCode: pages > PAGES_ALLOWED ? 1 : 0 }
}
