import { isScalar, parseDocument, visit, type Document } from 'yaml'
import { RenderError } from './render-error.ts'

const SHIPPED_MILLISECONDS = 15_000
const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** What follows from how often metrics are read: a wait of 5 minutes is 20 evaluations, at any interval. */
const WAITS = new Set([
  'interval',
  'for',
  'keep_firing_for', // rules
  'scrape_interval',
  'evaluation_interval', // Prometheus
  'group_wait',
  'group_interval', // Alertmanager
])

/** Scales every wait of a configuration from the shipped interval to `interval`. */
export function scaleWaits(text: string, interval: string): string {
  const wanted = milliseconds(interval)
  if (wanted === undefined || wanted < 1000 || wanted > SHIPPED_MILLISECONDS) {
    throw new RenderError(
      `--interval is '${interval}'; give 1s to 15s. Slower than 15s would leave gaps in the rules' memory.`,
    )
  }
  if (wanted === SHIPPED_MILLISECONDS) return text
  const document = parse(text)
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || !WAITS.has(String(pair.key.value)) || !isScalar(pair.value)) return
      const shipped = milliseconds(String(pair.value.value))
      if (shipped !== undefined) pair.value.value = duration((shipped * wanted) / SHIPPED_MILLISECONDS)
    },
  })
  return document.toString({ lineWidth: 0 })
}

/** Sets when tickets may arrive. `always` takes the restriction away. */
export function inOfficeHours(text: string, hours: string, timeZone: string): string {
  if (hours === '08:00-18:00' && timeZone === 'UTC') return text
  const document = parse(text)
  if (hours === 'always') {
    document.delete('time_intervals')
    visit(document, {
      Pair: (_, pair) => (isScalar(pair.key) && pair.key.value === 'active_time_intervals' ? visit.REMOVE : undefined),
    })
  } else {
    const [, start, end] = /^([01]\d:[0-5]\d|2[0-3]:[0-5]\d)-([01]\d:[0-5]\d|2[0-3]:[0-5]\d|24:00)$/u.exec(hours) ?? []
    if (start === undefined || end === undefined || start >= end) {
      throw new RenderError(`--office-hours is '${hours}'; give always, or HH:MM-HH:MM such as 08:00-18:00.`)
    }
    if (!isTimeZone(timeZone))
      throw new RenderError(`--time-zone is '${timeZone}'; give an IANA name such as Europe/Berlin.`)
    const path = ['time_intervals', 0, 'time_intervals', 0]
    document.setIn([...path, 'times', 0], { start_time: start, end_time: end })
    document.setIn([...path, 'location'], timeZone)
  }
  return document.toString({ lineWidth: 0 })
}

function parse(text: string): Document {
  const document = parseDocument(text)
  if (document.errors[0] !== undefined) throw document.errors[0]
  return document
}

function milliseconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d+)(ms|s|m|h|d)$/u.exec(text) ?? []
  return amount === undefined || unit === undefined ? undefined : Number(amount) * (UNITS[unit] ?? 1)
}

const duration = (value: number): string =>
  value % 1000 === 0 ? `${value / 1000}s` : `${Math.max(1, Math.round(value))}ms`

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) instanceof Intl.DateTimeFormat
  } catch {
    return false
  }
}
