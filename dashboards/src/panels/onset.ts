import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { COLOR, fixedColor, instantQuery, number } from '../house-style.ts'
import { maxBy, ofAgentKept, whileMoving } from '../promql.ts'

/** Since when the agent behaves differently. */
export function onset(): PanelBuilder {
  return number('Most likely since', 'Start of the day in which the change most likely happened.')
    .unit('dateTimeAsIso')
    .noValue('nothing has changed')
    .colorMode(BigValueColorMode.None)
    .graphMode(BigValueGraphMode.None)
    .withTarget(instantQuery('onset', whileMoving(`1000 * ${maxBy([], ofAgentKept('driftOnset'))}`), 'since'))
    .overrideByQuery('onset', [fixedColor(COLOR.neutral)])
}
