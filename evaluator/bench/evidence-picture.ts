import { threshold } from '../src/statistics/index.ts'
import { traceAgent } from './agent-trace.ts'
import { label, line, path, svgText } from './svg.ts'
import { syntheticPool } from './synthetic-pool.ts'
import type { Scenario } from './traffic.ts'

const DAYS = 120
const CHANGE_DAY = 31
const AGENTS = 12
const [WIDTH, HEIGHT] = [820, 360]
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 24, 56, 44]
/** Decades of evidence shown. */
const [LOWEST, HIGHEST] = [0, 6]
const CALM = '#8a96a3'
const CHANGED = '#0b6e63'
const LIMIT = '#b3261e'

/** Evidence of agents that stay as they are, and of one whose rate falls from 97 to 94 of 100 on day 31. */
export function evidencePicture(): string {
  const design = {
    baselineItems: 250,
    perDay: 100,
    metrics: 4,
    strata: 1,
    falsePagesPerYear: 1,
    change: { kind: 'rate', from: 0.97, to: 0.94 },
  } as const
  const before = syntheticPool(design, false)
  const after = syntheticPool(design, true)
  const scenario: Scenario = {
    name: 'picture',
    before,
    after: before,
    changeRun: 1,
    runs: DAYS,
    perDay: 100,
    baselineItems: 250,
  }
  const calm = Array.from({ length: AGENTS }, (_, agent) => traceAgent(scenario, agent).logEvidence)
  const changed = traceAgent({ ...scenario, after, changeRun: CHANGE_DAY }, 0).logEvidence
  const limit = Math.log10(threshold(365, 1))
  const points = (evidence: Float64Array): [number, number][] =>
    [...evidence].map((log, day): [number, number] => [xOf(day + 1), yOf(log / Math.LN10)])
  const toTop = [...changed].findIndex((log) => log / Math.LN10 > HIGHEST) + 1
  return svgText({
    width: WIDTH,
    height: HEIGHT,
    title: 'Evidence of a change over the days, with and without a change',
    shapes: [
      label(12, 22, 'Evidence that something changed', { size: 14, bold: true }),
      label(
        12,
        40,
        `grey: ${AGENTS} agents that stay as they are; green: 97 of 100 valid become 94 on day ${CHANGE_DAY}`,
      ),
      ...Array.from({ length: HIGHEST - LOWEST + 1 }, (_, index) => [
        line([LEFT, yOf(LOWEST + index)], [WIDTH - RIGHT, yOf(LOWEST + index)], { color: '#e3e8ed' }),
        label(LEFT - 8, yOf(LOWEST + index) + 4, (10 ** (LOWEST + index)).toLocaleString('en-US'), {
          anchor: 'end',
          size: 11,
        }),
      ]).flat(),
      ...[1, 31, 60, 90, 120].map((day) => label(xOf(day), HEIGHT - 22, `day ${day}`, { anchor: 'middle', size: 11 })),
      ...calm.map((evidence) => path(points(evidence), CALM, 1, 0.7)),
      path(points(toTop === 0 ? changed : changed.subarray(0, toTop)), CHANGED, 2.5),
      line([xOf(CHANGE_DAY), TOP], [xOf(CHANGE_DAY), HEIGHT - BOTTOM], { color: CHANGED, dashed: true }),
      line([LEFT, yOf(limit)], [WIDTH - RIGHT, yOf(limit)], { color: LIMIT, width: 1.5 }),
      label(
        WIDTH - RIGHT,
        yOf(limit) - 6,
        `a page at ${Math.round(10 ** limit)}: one false page a year expected at most`,
        {
          anchor: 'end',
          color: LIMIT,
        },
      ),
    ],
  })
}

function xOf(day: number): number {
  return LEFT + ((day - 1) / (DAYS - 1)) * (WIDTH - LEFT - RIGHT)
}

function yOf(decades: number): number {
  const share = (Math.min(HIGHEST, Math.max(LOWEST, decades)) - LOWEST) / (HIGHEST - LOWEST)
  return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)
}
