import {
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  TextBoxVariableBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard'
import { AGENT_LABEL, EVALUATOR_METRIC } from '@tidemark/instrumentation/semconv'
import { PROMETHEUS } from './house-style.ts'
import { ofAgent } from './promql.ts'

export function prometheusVariable(): DatasourceVariableBuilder {
  return new DatasourceVariableBuilder('prometheus').label('Data source').type('prometheus')
}

export function agentVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('agent')
    .label('Agent')
    .datasource(PROMETHEUS)
    .query(`label_values(${EVALUATOR_METRIC.driftVerdict.name}, ${AGENT_LABEL})`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
}

/** The score panel is repeated over it. */
export function scoreVariable(): QueryVariableBuilder {
  return new QueryVariableBuilder('score')
    .label('Score')
    .datasource(PROMETHEUS)
    .query(`label_values(${ofAgent('scoreMean')}, score)`)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(true)
    .includeAll(true)
    .current({ selected: true, text: 'All', value: '$__all' })
}

/** Where people open Tidemark, for the link to the verdict page. */
export function evaluatorVariable(): TextBoxVariableBuilder {
  return new TextBoxVariableBuilder('evaluator').label('Tidemark').defaultValue('http://127.0.0.1:8433')
}
