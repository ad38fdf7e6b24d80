/** Collects CSV (RFC 4180) in pieces and gives out each row that is complete, as an object under the names of the first. */
export type CsvReader = { feed(piece: string): Record<string, string>[]; end(): Record<string, string>[] }

export function csvReader(): CsvReader {
  let names: string[] | null = null
  let row: string[] = []
  let field = ''
  let isQuoted = false
  let mayBeDoubled = false

  function take(rows: Record<string, string>[]): void {
    const isEmpty = row.length === 0 && field === ''
    row.push(field)
    field = ''
    if (names === null) names = row.map((name) => name.replace(/^\uFEFF/u, '').trim())
    else if (!isEmpty) rows.push(Object.fromEntries(names.map((name, index) => [name, row[index] ?? ''])))
    row = []
  }

  return {
    feed(piece) {
      const rows: Record<string, string>[] = []
      for (const character of piece) {
        if (isQuoted && !mayBeDoubled) {
          if (character === '"') mayBeDoubled = true
          else field += character
          continue
        }
        if (mayBeDoubled) {
          mayBeDoubled = false
          if (character === '"') {
            field += '"'
            continue
          }
          isQuoted = false
        }
        if (character === '"' && field === '') isQuoted = true
        else if (character === ',') {
          row.push(field)
          field = ''
        } else if (character === '\n') take(rows)
        else if (character !== '\r') field += character
      }
      return rows
    },
    end() {
      const rows: Record<string, string>[] = []
      if (field !== '' || row.length > 0) take(rows)
      return rows
    },
  }
}
