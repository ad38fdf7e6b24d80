import { perDayName } from './detection-plan.ts'
import type { ChangeRow, DetectionReport } from './detection-rows.ts'
import { dot, label, line, svgText } from './svg.ts'

const SHOWN: readonly { readonly detector: string; readonly color: string }[] = [
  { detector: 'daily KS, p < 0.05 (written here)', color: '#b0b7bf' },
  { detector: 'river ADWIN', color: '#d9822b' },
  { detector: `tidemark ${perDayName(2000)}`, color: '#9bd0c8' },
  { detector: `tidemark ${perDayName(500)}`, color: '#4fa79b' },
  { detector: 'tidemark', color: '#0b6e63' },
]
const LEFT = 430
const RIGHT = 40
const TOP = 64
const ROW = 15
const WIDTH = 900
const TICKS = [1, 2, 3, 5, 7, 14, 30] as const
const LAST_DAY = 30

/** Median delay of every change pair, a row a pair; what is not found by half of the agents within 30 days is at the edge. */
export function detectionPlot({ change }: DetectionReport): string {
  const pairs = [...new Set(change.map(({ pair }) => pair))]
  const rowOf = (pair: string, detector: string): ChangeRow | undefined =>
    change.find((row) => row.pair === pair && row.detector === detector)
  const sorted = pairs.toSorted(
    (a, b) => delayOf(rowOf(a, 'tidemark')) - delayOf(rowOf(b, 'tidemark')) || (a < b ? -1 : 1),
  )
  const detectors = SHOWN.filter(({ detector }) => change.some((row) => row.detector === detector))
  const bottom = TOP + ROW * sorted.length
  return svgText({
    width: WIDTH,
    height: bottom + 40,
    title: 'Median delay of each recorded change, by detector',
    shapes: [
      label(12, 20, 'Days until half of the agents were paged', { size: 14, bold: true }),
      ...detectors
        .toReversed()
        .flatMap(({ detector, color }, index) => [
          dot(18 + index * 172, 40, color),
          label(27 + index * 172, 44, detector.replace(', p < 0.05 (written here)', ''), { size: 11 }),
        ]),
      ...[...TICKS, Infinity].flatMap((days) => [
        line([xOf(days), TOP - 8], [xOf(days), bottom]),
        label(xOf(days), bottom + 16, days === Infinity ? '> 30' : String(days), { anchor: 'middle', size: 11 }),
      ]),
      ...sorted.flatMap((pair, index) => {
        const y = TOP + ROW * index + 6
        return [
          label(LEFT - 14, y + 3, shortened(pair), { anchor: 'end', size: 9 }),
          ...detectors.map(({ detector, color }) => {
            const row = rowOf(pair, detector)
            return row === undefined ? '' : dot(xOf(delayOf(row)), y, color, detector === 'tidemark' ? 4 : 3.5)
          }),
        ]
      }),
    ].filter((shape) => shape !== ''),
  })
}

function delayOf(row: ChangeRow | undefined): number {
  const days = row?.medianDelayDays ?? Infinity
  return days > LAST_DAY ? Infinity : days
}

function xOf(days: number): number {
  const width = WIDTH - LEFT - RIGHT
  if (days === Infinity) return LEFT + width
  return LEFT + (0.9 * width * Math.log(days)) / Math.log(LAST_DAY)
}

const LONGEST_NAME = 74

function shortened(pair: string): string {
  return pair.length <= LONGEST_NAME ? pair : `${pair.slice(0, LONGEST_NAME - 1)}…`
}
