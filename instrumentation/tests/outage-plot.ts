/** node instrumentation/tests/outage-plot.ts: draws docs/images/outage.svg anew. */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { CALLERS, clientAsks, OUTAGE, simulateOutage, sum, tidemarkAsks } from './outage-simulation.ts'

const SEED = 1
/** Seconds that are averaged into one point. */
const BIN = 5
const WIDTH = 860
const HEIGHT = 340
const PLOT = { left: 58, right: 842, top: 56, bottom: 296 } as const

const ours = await simulateOutage(tidemarkAsks(), SEED)
const client = await simulateOutage(clientAsks(), SEED)
const series = [
  { name: 'retries of the openai client', colour: '#d4622a', rates: rates(client.requests) },
  { name: 'retries of Tidemark', colour: '#1f6fb2', rates: rates(ours.requests) },
]
const highest = Math.ceil(Math.max(...series.flatMap(({ rates }) => rates)) / 50) * 50
const total = (requests: readonly number[]): string =>
  Math.round(sum(requests, OUTAGE.begins, OUTAGE.ends)).toLocaleString('en')

const x = (seconds: number): number => PLOT.left + ((PLOT.right - PLOT.left) * seconds * 1000) / OUTAGE.over
const y = (rate: number): number => PLOT.bottom - ((PLOT.bottom - PLOT.top) * rate) / highest
const text = (left: number, top: number, content: string, more = ''): string =>
  `<text x="${left}" y="${top}" ${more}>${content}</text>`
const gridRates = Array.from({ length: highest / 50 + 1 }, (_, index) => index * 50)
const gridMinutes = Array.from({ length: OUTAGE.over / 60_000 + 1 }, (_, minute) => minute)

writeFileSync(
  fileURLToPath(new URL('../../docs/images/outage.svg', import.meta.url)),
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Requests per second of ${CALLERS} callers through an outage of ten minutes" font-family="sans-serif" font-size="12" fill="#333">
<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>
${text(PLOT.left, 22, `Requests per second of ${CALLERS} callers, simulated; the provider answers 503 for ten minutes`, 'font-size="14" font-weight="bold"')}
<rect x="${x(OUTAGE.begins / 1000)}" y="${PLOT.top}" width="${x((OUTAGE.ends - OUTAGE.begins) / 1000) - PLOT.left}" height="${PLOT.bottom - PLOT.top}" fill="#f3e9e4"/>
${gridRates.map((rate) => `<path d="M${PLOT.left} ${y(rate)}H${PLOT.right}" stroke="#ddd"/>${text(PLOT.left - 8, y(rate) + 4, String(rate), 'text-anchor="end"')}`).join('\n')}
${gridMinutes.map((minute) => text(x(minute * 60), PLOT.bottom + 18, String(minute), 'text-anchor="middle"')).join('\n')}
${text((PLOT.left + PLOT.right) / 2, PLOT.bottom + 36, 'minutes', 'text-anchor="middle"')}
${series.map(({ colour, rates }) => `<polyline fill="none" stroke="${colour}" stroke-width="1.5" points="${rates.map((rate, index) => `${x((index + 0.5) * BIN).toFixed(1)},${y(rate).toFixed(1)}`).join(' ')}"/>`).join('\n')}
${series.map(({ name, colour }, index) => text(PLOT.left + index * 390, 44, `${name}: ${total(index === 0 ? client.requests : ours.requests)} requests during the outage`, `fill="${colour}"`)).join('\n')}
</svg>
`,
)

/** Requests per second, averaged over bins. */
function rates(requests: readonly number[]): readonly number[] {
  return Array.from(
    { length: OUTAGE.over / 1000 / BIN },
    (_, bin) => sum(requests, bin * BIN * 1000, (bin + 1) * BIN * 1000) / BIN,
  )
}
