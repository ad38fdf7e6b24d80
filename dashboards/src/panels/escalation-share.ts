import { GraphThresholdsStyleConfigBuilder, GraphThresholdsStyleMode } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { COLOR, fixedColor, lines, rangeQuery, steps } from '../house-style.ts'
import { maxBy, ofAgent, recorded } from '../promql.ts'

/** The share of decisions that went to people, with the band from 15 to 20 %. */
export function escalationShare(): PanelBuilder {
  return lines(
    'Decisions handed to people',
    'Share of escalated decisions. Above 15 % the specification is too wide, above 20 % people do the work of the agent.',
  )
    .unit('percentunit')
    .min(0)
    .axisSoftMax(0.3)
    .thresholds(steps([null, 'transparent'], [0.15, COLOR.caution], [0.2, COLOR.bad]))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Area))
    .withTarget(rangeQuery('run', maxBy([], ofAgent('escalationShare')), 'in each run'))
    .withTarget(
      rangeQuery('hour', maxBy([], recorded('tidemark_decisions_escalated:ratio_rate1h')), 'in the last hour'),
    )
    .overrideByQuery('run', [fixedColor(COLOR.current)])
    .overrideByQuery('hour', [fixedColor(COLOR.neutral), { id: 'custom.lineWidth', value: 1 }])
}
