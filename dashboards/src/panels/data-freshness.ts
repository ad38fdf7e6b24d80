import { BigValueColorMode, BigValueGraphMode } from '@grafana/grafana-foundation-sdk/common'
import type { PanelBuilder } from '@grafana/grafana-foundation-sdk/stat'
import { INSTRUMENT, prometheusName } from '@tidemark/instrumentation/semconv'
import { COLOR, fixedColor, instantQuery, number, steps } from '../house-style.ts'
import { maxBy, recorded } from '../promql.ts'

const AGE = `min(${recorded('tidemark_heartbeat_age_seconds:last7d')})`
const LIMIT = maxBy([], recorded('tidemark_heartbeat_limit_seconds:last3d'))

/** How long the agent's own telemetry has been silent, and what part of the allowed silence that is. */
export function dataFreshness(): PanelBuilder {
  const heartbeat = prometheusName(INSTRUMENT.telemetryDropped.name, INSTRUMENT.telemetryDropped.unit, true)
  return number(
    'Data freshness',
    `Time since the agent's last heartbeat (${heartbeat}), and the part of its allowed silence that is used up.`,
  )
    .unit('s')
    .noValue('no heartbeat in 7 days')
    .colorMode(BigValueColorMode.Value)
    .graphMode(BigValueGraphMode.None)
    .thresholds(steps([null, COLOR.good], [0.5, COLOR.caution], [1, COLOR.bad]))
    .withTarget(instantQuery('age', AGE, 'since the last heartbeat'))
    .withTarget(instantQuery('used', `${AGE} / ${LIMIT}`, 'of the allowed silence'))
    .overrideByQuery('age', [fixedColor(COLOR.neutral)])
    .overrideByQuery('used', [{ id: 'unit', value: 'percentunit' }])
}
