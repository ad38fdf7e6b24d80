import { type DetectionReport, mean } from './detection-rows.ts'
import { bar, label, line, svgText } from './svg.ts'

const WIDTH = 820
const [LEFT, RIGHT, TOP] = [300, 130, 56]
const ROW = 26
const OWN = '#0b6e63'
const OTHER = '#b0b7bf'

/** Shown in this order where the report has them. */
const SHOWN = [
  'tidemark',
  'tidemark, budget 0.1 a year',
  'tidemark at 500 a day',
  'tidemark at 2,000 a day',
  'river ADWIN',
  'river DDM',
  'river PageHinkley',
  'PSI > 0.2 (written here)',
  'daily KS, p < 0.05 (written here)',
  'Evidently, any column',
  'NannyML, reference of 10 days',
  'alibi-detect TabularDrift',
] as const

/** Share of no-change years with a page, a bar a detector. */
export function falsePagesPicture({ noChange }: Pick<DetectionReport, 'noChange'>): string {
  const rows = SHOWN.flatMap((detector) => {
    const own = noChange.filter((row) => row.detector === detector)
    return own.length === 0
      ? []
      : [
          {
            detector,
            share: mean(own.map(({ pAnyPageYear }) => pAnyPageYear)),
            pageDays: mean(own.map(({ falsePageDays }) => falsePageDays)),
          },
        ]
  })
  const bottom = TOP + ROW * rows.length
  const xOf = (share: number): number => LEFT + share * (WIDTH - LEFT - RIGHT)
  return svgText({
    width: WIDTH,
    height: bottom + 34,
    title: 'Share of years without a change in which a detector pages',
    shapes: [
      label(12, 22, 'Years without a change in which somebody is woken', { size: 14, bold: true }),
      label(12, 40, 'share of years with a page; beside it the days with a page in a year'),
      ...[0, 0.25, 0.5, 0.75, 1].flatMap((share) => [
        line([xOf(share), TOP - 4], [xOf(share), bottom], { color: '#e3e8ed' }),
        label(xOf(share), bottom + 18, `${100 * share} %`, { anchor: 'middle', size: 11 }),
      ]),
      ...rows.flatMap(({ detector, share, pageDays }, index) => {
        const y = TOP + ROW * index
        return [
          label(LEFT - 10, y + 15, detector, { anchor: 'end' }),
          bar(LEFT, y + 4, Math.max(1.5, xOf(share) - LEFT), ROW - 10, detector.startsWith('tidemark') ? OWN : OTHER),
          label(
            xOf(share) + 8,
            y + 15,
            `${Math.round(100 * share)} %, ${pageDays.toFixed(pageDays < 10 ? 1 : 0)} days`,
            {
              size: 11,
            },
          ),
        ]
      }),
    ],
  })
}
