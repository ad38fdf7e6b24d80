import { TableSortByFieldStateBuilder } from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/table'
import { PROMETHEUS, tableQuery } from '../house-style.ts'
import { maxBy, ofAgentKept, whileMoving } from '../promql.ts'

/** Recorded changes by how well they coincide with the onset. */
export function causes(): PanelBuilder {
  return new PanelBuilder()
    .title('What coincides with it')
    .description('Probability that the change began with a recorded event; none: with no recorded one.')
    .datasource(PROMETHEUS)
    .noValue('nothing has changed')
    .withTarget(tableQuery('causes', whileMoving(maxBy(['cause', 'change'], ofAgentKept('driftCauseProbability')))))
    .withTransformation({
      id: 'organize',
      options: { excludeByName: { Time: true }, renameByName: { Value: 'probability' } },
    })
    .sortBy([new TableSortByFieldStateBuilder().displayName('probability').desc(true)])
    .overrideByName('probability', [{ id: 'unit', value: 'percentunit' }])
}
