/** A table of GitHub's Markdown; the first column is text, the others are numbers. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}

export function rate(value: number | null): string {
  return value === null ? '-' : value.toFixed(2)
}

export function days(value: number | null): string {
  return value === null ? '> 30' : String(Math.round(value * 10) / 10)
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
