import { StackingMode, VisibilityMode } from '@grafana/grafana-foundation-sdk/common'
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/barchart'
import { COLOR, fixedColor, PROMETHEUS, tableQuery } from '../house-style.ts'
import { maxBy, ofAgent } from '../promql.ts'

/** Name of the score whose bins are the forms of an output. */
export const OUTPUT_FORM_SCORE = 'output_form'

/** In what form the answers come, in the baseline and now. */
export function outputForm(): PanelBuilder {
  return new PanelBuilder()
    .title('Form of the answers')
    .description('Share of each form in the frozen baseline and in the newest run.')
    .datasource(PROMETHEUS)
    .unit('percentunit')
    .min(0)
    .max(1)
    .stacking(StackingMode.None)
    .showValue(VisibilityMode.Auto)
    .withTarget(tableQuery('shares', maxBy(['bin', 'window'], ofAgent('scoreShare', { score: OUTPUT_FORM_SCORE }))))
    .withTransformation({
      id: 'groupingToMatrix',
      options: { columnField: 'window', rowField: 'bin', valueField: 'Value' },
    })
    .overrideByName('baseline', [fixedColor(COLOR.baseline)])
    .overrideByName('current', [fixedColor(COLOR.current)])
}
