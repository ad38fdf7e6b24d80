import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'

/** Label matchers; a value that begins with `~` is a regular expression. */
export type Matchers = Readonly<Record<string, string>>

type MetricKey = keyof typeof EVALUATOR_METRIC

/** A metric of the evaluator about the chosen agent. */
export function ofAgent(key: MetricKey, matchers: Matchers = {}): string {
  return selector(EVALUATOR_METRIC[key].name, { [AGENT_LABEL]: '$agent', ...matchers })
}

/** The same as the rules keep it: what is reported now, else the last value of three days, so that a restart leaves no hole. */
export function ofAgentKept(key: MetricKey, matchers: Matchers = {}): string {
  return recorded(`${EVALUATOR_METRIC[key].name}:last3d`, matchers)
}

/** A recorded series of level `agent` (alerts/rules/recording.yml) about the chosen agent. */
export function recorded(name: string, matchers: Matchers = {}): string {
  return selector(`agent:${name}`, { [AGENT_LABEL]: '$agent', ...matchers })
}

export function selector(name: string, matchers: Matchers): string {
  const list = Object.entries(matchers).map(([label, value]) =>
    value.startsWith('~') ? `${label}=~"${value.slice(1)}"` : `${label}="${value}"`,
  )
  return `${name}{${list.join(',')}}`
}

/** The largest value over replicas of the evaluator, which all show the stored result. */
export function maxBy(labels: readonly string[], expression: string): string {
  return labels.length === 0 ? `max(${expression})` : `max by (${labels.join(', ')}) (${expression})`
}

/** Only while something has moved or may be moving: of a stable agent onset and causes say nothing. */
export function whileMoving(expression: string): string {
  return `${expression} and on () (${maxBy([], ofAgentKept('driftVerdict', { verdict: '~drift|improved|watch' }))} == 1)`
}
