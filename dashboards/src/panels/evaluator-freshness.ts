import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { COLOR, fixedColor, instantQuery, number, steps } from '../house-style.ts'
import { maxBy, ofAgentKept } from '../promql.ts'

const AGE = `(time() - ${maxBy([], ofAgentKept('evaluationLastSuccess'))})`

/** Whether the scheduled run still takes place. */
export function evaluatorFreshness(): PanelBuilder {
  return (
    number('Evaluator freshness', 'Time since the last run that succeeded, and the part of its interval that is.')
      .unit('s')
      .noValue('no run in 3 days')
      .colorMode(BigValueColorMode.Value)
      .graphMode(BigValueGraphMode.None)
      // the alert fires at one interval and a tenth
      .thresholds(steps([null, COLOR.good], [1.05, COLOR.caution], [1.1, COLOR.bad]))
      .withTarget(instantQuery('age', AGE, 'since the last run'))
      .withTarget(instantQuery('used', `${AGE} / ${maxBy([], ofAgentKept('evaluationInterval'))}`, 'of the interval'))
      .overrideByQuery('age', [fixedColor(COLOR.neutral)])
      .overrideByQuery('used', [{ id: 'unit', value: 'percentunit' }])
  )
}
