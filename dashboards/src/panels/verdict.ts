import { VisibilityMode } from '@grafana/grafana-foundation-sdk/common'
import { MappingType, type ValueMapping } from '@grafana/grafana-foundation-sdk/dashboard'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/statetimeline'
import { type Verdict, VERDICTS } from '@tidemark/instrumentation/semconv'
import { COLOR, PROMETHEUS, rangeQuery } from '../house-style.ts'
import { maxBy, ofAgent } from '../promql.ts'

const COLOR_OF: Readonly<Record<Verdict, string>> = {
  no_baseline: 'gray',
  insufficient_data: 'gray',
  judge_changed: 'purple',
  drift: COLOR.bad,
  improved: COLOR.baseline,
  input_mix_changed: 'semi-dark-blue',
  watch: COLOR.caution,
  stable: COLOR.good,
}

/** The verdict of every run as one band. */
export function verdict(): PanelBuilder {
  // a state set has a series for each verdict, exactly one is 1: the sum is the place of that one in the list
  const place = VERDICTS.map((name, i) => `${i} * ${maxBy([], ofAgent('driftVerdict', { verdict: name }))}`).join(' + ')
  return new PanelBuilder()
    .title('Verdict')
    .description('The verdict of each run.')
    .datasource(PROMETHEUS)
    .showValue(VisibilityMode.Auto)
    .mappings([mapping()])
    .withTarget(rangeQuery('verdict', place, 'verdict'))
}

function mapping(): ValueMapping {
  const options = Object.fromEntries(
    VERDICTS.map((name, index) => [String(index), { text: name, color: COLOR_OF[name], index }]),
  )
  return { type: MappingType.ValueToText, options }
}
