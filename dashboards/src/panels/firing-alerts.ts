import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { AGENT_LABEL } from '@tidemark/instrumentation/semconv'
import { COLOR, instantQuery, number, steps } from '../house-style.ts'
import { selector } from '../promql.ts'

/** Prometheus's own series of alerts. */
const ALERTS = 'ALERTS'

/** Alerts about this agent that fire now, by severity. */
export function firingAlerts(): PanelBuilder {
  const firing = selector(ALERTS, { alertstate: 'firing', [AGENT_LABEL]: '$agent' })
  return number('Firing alerts', 'Alerts about this agent that fire now: critical pages, warning is a ticket.')
    .noValue('none')
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .thresholds(steps([null, COLOR.good], [1, COLOR.bad]))
    .withTarget(instantQuery('firing', `count by (severity) (${firing})`, '{{severity}}'))
}
