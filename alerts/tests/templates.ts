/** What the annotations of a rule ask Prometheus for, and which labels they print. */
import { PLACEHOLDER_VALUE } from './promql-labels.ts'

export interface TemplateQuery {
  expression: string
  /** Labels of the alert that are put into the query. */
  arguments: string[]
  /** Labels of the answer that are printed. */
  printed: string[]
}

/** The queries of `{{ printf "…" $labels.x | query }}`, with what the text after each prints from its answer. */
export function templateQueries(text: string): TemplateQuery[] {
  const pattern = /printf "((?:[^"\\]|\\.)*)"([^|}]*)\| query/gu
  const found = [...text.matchAll(pattern)]
  return found.map((match, index) => {
    const [whole, format = '', parameters = ''] = match
    const after = text.slice(match.index + whole.length, found[index + 1]?.index)
    const names = [...parameters.matchAll(/\$labels\.(\w+)/gu)].map(([, name = '']) => name)
    const holes = format.match(/%[a-z]/gu) ?? []
    if (holes.some((hole) => hole !== '%q')) throw new Error(`a label value enters this query without %q: ${format}`)
    if (holes.length !== names.length) throw new Error(`${holes.length} holes and ${names.length} labels in ${format}`)
    return {
      expression: format.replaceAll('\\"', '"').replaceAll('%q', JSON.stringify(PLACEHOLDER_VALUE)),
      arguments: names,
      printed: [...after.matchAll(/(?:\| label|sortByLabel) "(\w+)"/gu)].map(([, name = '']) => name),
    }
  })
}

/** Labels of the alert itself that the text prints. */
export const printedLabels = (text: string): string[] =>
  [...text.matchAll(/\$labels\.(\w+)/gu)].map(([, name = '']) => name)
