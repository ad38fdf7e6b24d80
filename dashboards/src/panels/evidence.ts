import { ScaleDistribution, ScaleDistributionConfigBuilder } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries'
import { COLOR, DASHED, fixedColor, lines, rangeQuery } from '../house-style.ts'
import { maxBy, ofAgent } from '../promql.ts'

/** A logarithmic axis has no 0; evidence below this is none. */
const SMALLEST_SHOWN = 0.01

/** Evidence of each detector against the value at which it acts. */
export function evidence(): PanelBuilder {
  return lines(
    'Evidence against thresholds',
    `A detector acts where its evidence reaches its threshold. Values below ${SMALLEST_SHOWN} are drawn there.`,
  )
    .scaleDistribution(new ScaleDistributionConfigBuilder().type(ScaleDistribution.Log).log(10))
    .withTarget(
      rangeQuery(
        'evidence',
        `clamp_min(${maxBy(['severity'], ofAgent('driftEvidence'))}, ${SMALLEST_SHOWN})`,
        '{{severity}} evidence',
      ),
    )
    .withTarget(rangeQuery('threshold', maxBy(['severity'], ofAgent('driftThreshold')), '{{severity}} threshold'))
    .overrideByQuery('threshold', [DASHED, { id: 'custom.lineWidth', value: 1 }])
    .overrideByRegexp('/^page/', [fixedColor(COLOR.bad)])
    .overrideByRegexp('/^ticket/', [fixedColor(COLOR.caution)])
}
