/** A small picture as text: shapes in the order in which they are drawn. */
export type Svg = {
  readonly width: number
  readonly height: number
  readonly title: string
  readonly shapes: readonly string[]
}

/** Readable on light and dark pages: a ground of its own, dark ink. */
const INK = '#1f2933'
const GROUND = '#ffffff'

export function svgText({ width, height, title, shapes }: Svg): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="${GROUND}"/>`,
    ...shapes,
    '</svg>',
    '',
  ].join('\n')
}

export function label(
  x: number,
  y: number,
  text: string,
  {
    anchor = 'start',
    size = 12,
    color = INK,
    bold = false,
  }: {
    readonly anchor?: 'start' | 'middle' | 'end'
    readonly size?: number
    readonly color?: string
    readonly bold?: boolean
  } = {},
): string {
  const weight = bold ? ' font-weight="600"' : ''
  return `<text x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" font-size="${size}" fill="${color}"${weight}>${escaped(text)}</text>`
}

export function line(
  [x1, y1]: readonly [number, number],
  [x2, y2]: readonly [number, number],
  { color = '#c3cbd4', width = 1, dashed = false } = {},
): string {
  const dashes = dashed ? ' stroke-dasharray="5 4"' : ''
  return `<line x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}" stroke="${color}" stroke-width="${width}"${dashes}/>`
}

export function path(points: readonly (readonly [number, number])[], color: string, width = 1.5, opacity = 1): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${short(x)} ${short(y)}`).join('')
  return `<path d="${steps}" fill="none" stroke="${color}" stroke-width="${width}" stroke-opacity="${opacity}"/>`
}

export function dot(x: number, y: number, color: string, radius = 4): string {
  return `<circle cx="${short(x)}" cy="${short(y)}" r="${radius}" fill="${color}"/>`
}

export function bar(x: number, y: number, width: number, height: number, color: string): string {
  return `<rect x="${short(x)}" y="${short(y)}" width="${short(width)}" height="${short(height)}" fill="${color}"/>`
}

function short(value: number): string {
  return String(Math.round(value * 10) / 10)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
