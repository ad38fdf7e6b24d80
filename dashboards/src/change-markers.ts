import { AnnotationQueryBuilder } from '@grafana/grafana-foundation-sdk/dashboard'
import { PROMETHEUS } from './house-style.ts'
import { maxBy, ofAgent } from './promql.ts'

/** A mark where a model, prompt, tool set or data source first appeared. */
export function changeMarkers(): AnnotationQueryBuilder {
  const now = maxBy(['kind', 'value'], ofAgent('changeInfo'))
  // three days back, or a restart of the evaluator would mark every change anew
  const before = maxBy(['kind', 'value'], `last_over_time(${ofAgent('changeInfo')}[3d] offset 1h)`)
  return new AnnotationQueryBuilder()
    .name('Changes')
    .datasource(PROMETHEUS)
    .enable(true)
    .iconColor('purple')
    .expr(`${now} unless ${before}`)
    .step('10m')
    .titleFormat('{{kind}} changed')
    .textFormat('{{value}}')
}
