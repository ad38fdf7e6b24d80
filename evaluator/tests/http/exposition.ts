/** One line of an exposition, taken apart; a timestamp only where the text has one. */
export type ExposedSample = {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
  readonly timestamp: number | null
}
export type Exposition = {
  readonly types: ReadonlyMap<string, string>
  readonly helps: ReadonlyMap<string, string>
  readonly samples: readonly ExposedSample[]
  /** Names in the order of their `# TYPE` lines. */
  readonly families: readonly string[]
}

/** Reads Prometheus or OpenMetrics text strictly: anything that is no comment, sample or empty line throws. */
export function parseExposition(text: string): Exposition {
  const types = new Map<string, string>()
  const helps = new Map<string, string>()
  const samples: ExposedSample[] = []
  for (const line of text.split('\n')) {
    if (line === '' || line === '# EOF') continue
    const comment = /^# (HELP|TYPE) (\S+) (.+)$/u.exec(line)
    if (comment === null) samples.push(parseSample(line))
    else (comment[1] === 'HELP' ? helps : types).set(comment[2] ?? '', comment[3] ?? '')
  }
  return { types, helps, samples, families: [...types.keys()] }
}

function parseSample(line: string): ExposedSample {
  const head = /^([a-zA-Z_:][\w:]*)/u.exec(line)?.[1]
  if (head === undefined) throw new Error(`no metric name: ${line}`)
  const labels: Record<string, string> = {}
  let at = head.length
  if (line[at] === '{') {
    at += 1
    while (line[at] !== '}') {
      const pair = /^(\w+)="((?:\\[\\n"]|[^\\"\n])*)",?/u.exec(line.slice(at))
      if (pair === null) throw new Error(`no label at ${at}: ${line}`)
      if (pair[1] !== undefined) labels[pair[1]] = unescapeLabel(pair[2] ?? '')
      at += pair[0].length
    }
    at += 1
  }
  const tail = /^ (\S+)(?: (\S+))?$/u.exec(line.slice(at))
  if (tail === null) throw new Error(`no value: ${line}`)
  return {
    name: head,
    labels,
    value: Number(tail[1]),
    timestamp: tail[2] === undefined ? null : Number(tail[2]),
  }
}

function unescapeLabel(text: string): string {
  return text.replaceAll(/\\([\\n"])/gu, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped))
}
