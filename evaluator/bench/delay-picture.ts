import type { PowerResult } from './power-simulation.ts'
import { dot, label, line, path, svgText } from './svg.ts'
import type { PlannedChange, PowerDesign } from './synthetic-pool.ts'

export type SimulatedDesign = PowerDesign & PowerResult

const [WIDTH, HEIGHT] = [820, 340]
const [LEFT, RIGHT, TOP, BOTTOM] = [70, 190, 56, 50]
const DAYS = [1, 2, 3, 5, 7, 14, 30, 60] as const
const COLORS = ['#0b6e63', '#d9822b', '#5b6fb5', '#9a4f96'] as const

/** Median delay by the number of items a day, a line for each planned change; the design is otherwise the default one. */
export function delayPicture(designs: readonly SimulatedDesign[]): string {
  const byChange = Map.groupBy(
    designs.filter(
      ({ baselineItems, metrics, strata, falsePagesPerYear }) =>
        baselineItems === 250 && metrics === 4 && strata === 1 && falsePagesPerYear === 1,
    ),
    ({ change }) => changeText(change),
  )
  const items = [...new Set(designs.map(({ perDay }) => perDay))].toSorted((a, b) => a - b)
  const [first = 1, last = 2] = [items[0], items.at(-1)]
  const xOf = (perDay: number): number =>
    LEFT + (Math.log(perDay / first) / Math.log(last / first)) * (WIDTH - LEFT - RIGHT)
  return svgText({
    width: WIDTH,
    height: HEIGHT,
    title: 'Median delay by items a day',
    shapes: [
      label(12, 22, 'Days until half of the agents are paged', { size: 14, bold: true }),
      label(12, 40, 'baseline of 250, four metrics of which one changes on day 31, one false page a year'),
      ...DAYS.flatMap((delay) => [
        line([LEFT, yOf(delay)], [WIDTH - RIGHT, yOf(delay)], { color: '#e3e8ed' }),
        label(LEFT - 8, yOf(delay) + 4, String(delay), { anchor: 'end', size: 11 }),
      ]),
      ...items.map((perDay) =>
        label(xOf(perDay), HEIGHT - 26, perDay.toLocaleString('en-US'), { anchor: 'middle', size: 11 }),
      ),
      label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, 'items a day', { anchor: 'middle', size: 11 }),
      ...[...byChange].flatMap(([change, those], index) => {
        const color = COLORS[index % COLORS.length] ?? COLORS[0]
        const points = those
          .flatMap(({ perDay, medianDelayDays }) =>
            medianDelayDays === null ? [] : [[xOf(perDay), yOf(medianDelayDays)] as const],
          )
          .toSorted((a, b) => a[0] - b[0])
        return [
          path(points, color, 2),
          ...points.map(([x, y]) => dot(x, y, color)),
          dot(WIDTH - RIGHT + 24, TOP + 12 + index * 22, color),
          label(WIDTH - RIGHT + 34, TOP + 16 + index * 22, change),
        ]
      }),
    ],
  })
}

export function changeText(change: PlannedChange): string {
  return change.kind === 'rate'
    ? `rate ${Math.round(100 * change.from)} -> ${Math.round(100 * change.to)} %`
    : `score -${change.shift} sd`
}

function yOf(delay: number): number {
  return HEIGHT - BOTTOM - (Math.log(delay) / Math.log(60)) * (HEIGHT - BOTTOM - TOP)
}
