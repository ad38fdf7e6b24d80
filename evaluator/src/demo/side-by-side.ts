/** Two texts beside each other, or one below the other where a line is too short for two columns. */
export function sideBySide(
  left: { readonly title: string; readonly text: string },
  right: { readonly title: string; readonly text: string },
  columns: number,
): string[] {
  const width = Math.floor((columns - 7) / 2)
  if (width < 36)
    return [left, right].flatMap(({ title, text }) => [title, ...wrapped(text, columns - 4).map((line) => `  ${line}`)])
  const leftLines = [left.title, '', ...wrapped(left.text, width)]
  const rightLines = [right.title, '', ...wrapped(right.text, width)]
  return Array.from({ length: Math.max(leftLines.length, rightLines.length) }, (_, index) =>
    `  ${(leftLines[index] ?? '').padEnd(width)} │ ${rightLines[index] ?? ''}`.trimEnd(),
  )
}

/** Lines of at most `width` characters, cut at spaces where there are any. */
function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => {
    const lines: string[] = []
    let rest = line
    while (rest.length > width) {
      const space = rest.lastIndexOf(' ', width)
      const end = space > width / 2 ? space : width
      lines.push(rest.slice(0, end))
      rest = rest.slice(end).trimStart()
    }
    return [...lines, rest]
  })
}
