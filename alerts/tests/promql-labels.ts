/**
 * Which labels the result of a PromQL expression has. The syntax tree is the one that Prometheus itself makes
 * (`/api/v1/parse_query`); what is added here is what is known of the labels of each series.
 */
import { z } from 'zod'
import { CLOSED_SETS, type KnownSeries } from './known-series.ts'

export interface Selector {
  type: 'vectorSelector' | 'matrixSelector'
  name: string
  matchers: { name: string; type: '=' | '!=' | '=~' | '!~'; value: string }[]
}

export type Node =
  | Selector
  | { type: 'aggregation'; op: string; expr: Node; grouping: string[]; without: boolean; param: Node | null }
  | { type: 'binaryExpr'; op: string; bool: boolean; lhs: Node; rhs: Node; matching: Matching | null }
  | { type: 'call'; func: { name: string }; args: Node[] }
  | { type: 'parenExpr' | 'unaryExpr' | 'subquery'; expr: Node }
  | { type: 'numberLiteral' | 'stringLiteral' }

interface Matching {
  card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many'
  labels: string[]
  on: boolean
  include: string[]
}

const matching = z.object({
  card: z.enum(['one-to-one', 'many-to-one', 'one-to-many', 'many-to-many']),
  labels: z.array(z.string()),
  on: z.boolean(),
  include: z.array(z.string()),
})
const matcher = z.object({ name: z.string(), type: z.enum(['=', '!=', '=~', '!~']), value: z.string() })
const node: z.ZodType<Node> = z.lazy(() =>
  z.discriminatedUnion('type', [
    z.object({ type: z.enum(['vectorSelector', 'matrixSelector']), name: z.string(), matchers: z.array(matcher) }),
    z.object({
      type: z.literal('aggregation'),
      op: z.string(),
      expr: node,
      grouping: z.array(z.string()),
      without: z.boolean(),
      param: node.nullable(),
    }),
    z.object({
      type: z.literal('binaryExpr'),
      op: z.string(),
      bool: z.boolean(),
      lhs: node,
      rhs: node,
      matching: matching.nullable(),
    }),
    z.object({ type: z.literal('call'), func: z.object({ name: z.string() }), args: z.array(node) }),
    z.object({ type: z.enum(['parenExpr', 'unaryExpr', 'subquery']), expr: node }),
    z.object({ type: z.enum(['numberLiteral', 'stringLiteral']) }),
  ]),
)

/** Parses with a running Prometheus. Throws with its message when the expression is wrong. */
export async function syntaxTree(prometheusUrl: string, expression: string): Promise<Node> {
  const answer = await fetch(`${prometheusUrl}/api/v1/parse_query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expression }),
  })
  const body = z
    .union([
      z.object({ status: z.literal('success'), data: node }),
      z.object({ status: z.literal('error'), error: z.string() }),
    ])
    .parse(await answer.json())
  if (body.status === 'error') throw new Error(`${body.error} in ${expression}`)
  return body.data
}

/** The labels of the result; `undefined` for a number. Throws where a series or label does not exist. */
export function labelsOf(tree: Node, known: KnownSeries): ReadonlySet<string> | undefined {
  switch (tree.type) {
    case 'numberLiteral':
    case 'stringLiteral':
      return undefined
    case 'parenExpr':
    case 'unaryExpr':
    case 'subquery':
      return labelsOf(tree.expr, known)
    case 'vectorSelector':
    case 'matrixSelector':
      return labelsOfSelector(tree, known)
    case 'aggregation': {
      const labels = labelsOf(tree.expr, known)
      if (tree.op === 'topk' || tree.op === 'bottomk') return labels
      if (tree.without) throw new Error(`${tree.op} without: the result would depend on labels that nobody lists`)
      requireLabels(tree.grouping, labels, `${tree.op} by`)
      return new Set(tree.grouping)
    }
    case 'call':
      return labelsOfCall(tree.func.name, tree.args, known)
    case 'binaryExpr':
      return labelsOfBinary(tree, known)
  }
}

function labelsOfSelector({ name, matchers }: Selector, known: KnownSeries): ReadonlySet<string> {
  const labels = known.get(name)
  if (labels === undefined) throw new Error(`nothing emits or records '${name}'`)
  for (const { name: label, type, value } of matchers) {
    if (label === '__name__') continue
    if (!labels.has(label)) throw new Error(`${name} has no label '${label}'`)
    const closed = CLOSED_SETS[label]
    const values = type === '=' || type === '!=' ? [value] : value.split('|')
    const unknown =
      closed === undefined ? [] : values.filter((one) => one !== PLACEHOLDER_VALUE && !closed.includes(one))
    if (unknown.length > 0) throw new Error(`${name} has no ${label} '${unknown.join("', '")}'`)
  }
  return labels
}

/** What a template's `%q` is replaced with; it stands for a value that is only known when the alert fires. */
export const PLACEHOLDER_VALUE = 'value-of-the-alert'

function labelsOfCall(name: string, args: readonly Node[], known: KnownSeries): ReadonlySet<string> | undefined {
  const vector = args.map((argument) => labelsOf(argument, known)).find((labels) => labels !== undefined)
  if (name === 'time') return undefined
  if (name === 'vector' || name === 'absent') return new Set()
  if (name === 'histogram_quantile') return new Set([...(vector ?? [])].filter((label) => label !== 'le'))
  return vector
}

type Binary = Extract<Node, { type: 'binaryExpr' }>

function labelsOfBinary({ op, lhs, rhs, matching: how }: Binary, known: KnownSeries): ReadonlySet<string> | undefined {
  const left = labelsOf(lhs, known)
  const right = labelsOf(rhs, known)
  if (left === undefined) return right
  if (right === undefined) return left
  const where = `${op} ${how?.on === true ? `on (${how.labels.join(', ')})` : ''}`
  if (how?.on === true) {
    requireLabels(how.labels, left, `the left side of ${where}`)
    requireLabels(how.labels, right, `the right side of ${where}`)
  } else {
    requireSame(left, right, where)
  }
  if (op === 'and' || op === 'unless') return left
  if (op === 'or') {
    requireSame(left, right, where)
    return left
  }
  if (how?.card === 'many-to-one') return new Set([...left, ...how.include])
  if (how?.card === 'one-to-many') return new Set([...right, ...how.include])
  return how?.on === true ? new Set(how.labels) : left
}

function requireLabels(wanted: readonly string[], present: ReadonlySet<string> | undefined, where: string): void {
  const missing = wanted.filter((label) => present?.has(label) !== true)
  if (missing.length > 0)
    throw new Error(`${where}: no label '${missing.join("', '")}' there, only ${[...(present ?? [])].join(', ')}`)
}

function requireSame(left: ReadonlySet<string>, right: ReadonlySet<string>, where: string): void {
  if (left.size === right.size && [...left].every((label) => right.has(label))) return
  throw new Error(
    `${where}: the sides never match, one has ${[...left].join(', ')}, the other ${[...right].join(', ')}`,
  )
}
