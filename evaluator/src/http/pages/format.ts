import { lineText } from './hostile-text.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const
const SUPERSCRIPTS = '⁰¹²³⁴⁵⁶⁷⁸⁹'

/** `1 Oct 2026`, in UTC. */
export function dayText(at: number): string {
  const date = new Date(at)
  return `${shortDayText(at)} ${date.getUTCFullYear()}`
}

/** `1 Oct`, in UTC. */
export function shortDayText(at: number): string {
  const date = new Date(at)
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''}`
}

/** `1 Oct 2026, 08:00 UTC`. */
export function timeText(at: number): string {
  return `${dayText(at)}, ${new Date(at).toISOString().slice(11, 16)} UTC`
}

/** A duration in its largest fitting unit: `45 s`, `3 h`, `2 days`. */
export function durationText(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`
  if (seconds < 120) return `${Math.round(seconds)} s`
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`
  return `${Math.round(seconds / 86_400)} days`
}

/** A share in percent with one decimal; never 0 or 100 for what is only close to it. */
export function percentText(share: number): string {
  if (share > 0 && share < 0.001) return '<0.1 %'
  if (share < 1 && share > 0.999) return '>99.9 %'
  return `${(share * 100).toFixed(1)} %`
}

/** A number for a person: three digits, thousands apart, powers of ten from a million on. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'unknown'
  const size = Math.abs(value)
  if (size >= 999_500) return powerText(value)
  if (size >= 1000) return Math.round(value).toLocaleString('en')
  if (size >= 100) return String(Math.round(value))
  if (size === 0) return '0'
  if (size < 0.01) return value > 0 ? '<0.01' : '>−0.01'
  return signText(Number(value.toPrecision(3)))
}

/** A value of a score with its unit: rates in percent. */
export function scoreValueText(
  value: number,
  { kind, unit }: { readonly kind: string; readonly unit: string },
): string {
  if (kind === 'binary' || kind === 'categorical') return percentText(value)
  return `${numberText(value)}${unitText(unit)}`
}

/** `{token}` reads as tokens, `s` stays. */
export function unitText(unit: string): string {
  const annotation = /^\{(.+)\}$/u.exec(unit)?.[1]
  if (annotation !== undefined) return ` ${lineText(annotation, 20)}s`
  return unit === '' || unit === '1' ? '' : ` ${lineText(unit, 20)}`
}

/** `10⁵`. */
export function powerOfTenText(exponent: number): string {
  return `10${String(exponent)
    .replaceAll(/\d/gu, (digit) => SUPERSCRIPTS[Number(digit)] ?? '')
    .replace('-', '⁻')}`
}

/** A real minus sign, which a screen reader and a narrow font both tell from a dash. */
export function signText(value: number): string {
  return value < 0 ? `−${Math.abs(value)}` : String(value)
}

function powerText(value: number): string {
  const [mantissa = '0', exponent = '0'] = value.toExponential(1).split('e')
  return `${signText(Number(mantissa))} × ${powerOfTenText(Number(exponent))}`
}
